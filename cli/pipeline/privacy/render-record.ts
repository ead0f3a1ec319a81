// The record of processing of a pipeline, as Markdown: what becomes of every field and why, and how long it is kept.
// All of it is read from the code and the schemas that do it.
import {
  KEY_VERSION_COLUMN,
  SYNCED_COLUMN,
  VERSION_COLUMN,
  type Pipeline,
} from '../../../functions/pipelines/pipeline.ts';
import type { ColumnPolicy, Dropped, PolicyTree } from '../../../functions/pipelines/policy.ts';
import { REPORT_DAYS, RESOLVED_FAILURE_DAYS } from '../../../functions/steps/retention.ts';
import { DATASET_OPTIONS, TABLES } from '../../tables.ts';
import { quasiIdentifiersOf } from './quasi-identifiers.ts';

const DAY_MS = 86_400_000;
/** BigQuery keeps what was deleted this long for its own recovery, after time travel; it cannot be changed. */
const FAIL_SAFE_DAYS = 7;

export function renderRecord(pipeline: Pipeline): string {
  const { name, document, table, params, fields, reidentification } = pipeline;
  const { description = '', timePartitioning } = TABLES.get(table) ?? {};
  const { sensitive, k, published } = reidentification;
  const quasi = quasiIdentifiersOf(pipeline).map(({ label }) => `\`${label}\``);
  return [
    `# Record of processing: ${name}`,
    '',
    `Made by \`npm run pipeline -- privacy record\` from \`functions/pipelines/${name}.ts\` and \`bigquery-schemas/\`; a test compares. What the words mean, and what they do not promise: [privacy.md](../privacy.md).`,
    '',
    `**From** Firestore \`${document}\` **to** BigQuery \`${table}\`. ${description}`,
    '',
    '## Fields',
    '',
    '| field | policy | column | reason |',
    '|---|---|---|---|',
    ...Object.entries(params).map(([param, policy]) => line(`{${param}} in the path`, policy)),
    ...linesOf(fields, ''),
    '| any other field, at any depth | drop | | No policy names it. It is counted, by number alone. |',
    `| update time of the document | keep | \`${VERSION_COLUMN}\` | Which version is the newest; Firestore's clock. |`,
    `| version of the key | keep | \`${KEY_VERSION_COLUMN}\` | Under which key the pseudonyms are. |`,
    `| time of sending | keep | \`${SYNCED_COLUMN}\` | How fresh the row is. |`,
    '',
    '## Who could be told from others',
    '',
    `Quasi-identifiers: ${quasi.join(', ')}. Sensitive: \`${sensitive}\`. \`npm run pipeline -- privacy report --pipeline ${name}\` counts the groups that they make.`,
    '',
    `The view \`${table}_published\` shows groups of at least ${k} persons, and beside the quasi-identifiers only ${published.map((column) => `\`${column}\``).join(', ')}.`,
    '',
    '## How long it is kept',
    '',
    '| what | how long | by what |',
    '|---|---|---|',
    `| rows of \`${table}\` | ${keptFor(timePartitioning?.expirationMs)} | partition expiry, by \`${timePartitioning?.field}\` |`,
    `| deleted and expired rows | ${DATASET_OPTIONS.maxTimeTravelHours} hours of time travel, then ${FAIL_SAFE_DAYS} days of BigQuery's fail-safe | option of the dataset; the fail-safe cannot be shortened |`,
    `| failures, resolved | ${RESOLVED_FAILURE_DAYS} days | TTL of Firestore on \`expireAt\` |`,
    '| failures, open or abandoned | until they are resolved, or deleted by a person | they name the document, and stay in Firestore |',
    `| reports of reconciliations | ${REPORT_DAYS} days | TTL of Firestore on \`expireAt\` |`,
    '',
  ].join('\n');
}

function linesOf(tree: PolicyTree, parent: string): readonly string[] {
  return Object.entries(tree).flatMap(([name, policy]) =>
    policy.action === 'map'
      ? linesOf(policy.fields, `${parent}${name}.`)
      : [line(`${parent}${name}`, policy)],
  );
}

function line(field: string, policy: ColumnPolicy | Dropped): string {
  if (policy.action === 'drop') return `| \`${field}\` | drop | | ${policy.reason} |`;
  const { action, kind, how, column, reason } = policy;
  return `| \`${field}\` (${kind.name}) | ${action}${how === undefined ? '' : ` ${how}`} | \`${column}\` | ${reason} |`;
}

function keptFor(expirationMs: string | undefined): string {
  return expirationMs === undefined ? 'for ever' : `${Number(expirationMs) / DAY_MS} days`;
}
