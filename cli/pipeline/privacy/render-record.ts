// The record of processing of a pipeline, as Markdown: what becomes of every field and why, and how long it is kept.
// All of it is read from the code and the schemas that do it.
import {
  DELETED_COLUMN,
  KEY_VERSION_COLUMN,
  SYNCED_COLUMN,
  tellsOfDeletions,
  VERSION_COLUMN,
  type OnDelete,
  type Pipeline,
  type Reidentification,
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
  return [
    `# Record of processing: ${name}`,
    '',
    `Made by \`npm run pipeline -- privacy record\` from \`functions/pipelines/${name}.ts\` and \`bigquery-schemas/\`; a test compares. What the words mean, and what they do not promise: [privacy.md](../privacy.md).`,
    '',
    `**From** Firestore \`${document}\` **to** BigQuery \`${table}\`. ${description}`,
    '',
    ...personIn(pipeline),
    ...deletionIn(pipeline),
    '## Fields',
    '',
    '| field | policy | column | reason |',
    '|---|---|---|---|',
    ...Object.entries(params).map(([param, policy]) => line(`{${param}} in the path`, policy)),
    ...linesOf(fields, ''),
    '| any other field, at any depth | drop | | No policy names it. It is counted, by number alone. |',
    ...(tellsOfDeletions(pipeline)
      ? [`| time of the deletion | keep | \`${DELETED_COLUMN}\` | That the document is gone. |`]
      : []),
    `| update time of the document | keep | \`${VERSION_COLUMN}\` | Which version is the newest; Firestore's clock. |`,
    `| version of the key | keep | \`${KEY_VERSION_COLUMN}\` | Under which key the pseudonyms are. |`,
    `| time of sending | keep | \`${SYNCED_COLUMN}\` | How fresh the row is. |`,
    '',
    ...(reidentification ? groupsIn(pipeline, reidentification) : []),
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

/** Only what is not as usual is said: a subject that is pseudonymised stands among the fields. */
function personIn({ subject, subjectIsPublic }: Pipeline): readonly string[] {
  if (subject === null) return ['It speaks of no person.', ''];
  if (subjectIsPublic === undefined) return [];
  return [
    `**\`{${subject}}\` stands in the rows as it is.** ${subjectIsPublic} The rows of one are erased on request all the same: \`npm run pipeline -- erase --param ${subject}\`.`,
    '',
  ];
}

const ON_DELETE: Readonly<Record<OnDelete, string>> = {
  keep: 'its rows stay.',
  tombstone: `a row with its key and \`${DELETED_COLUMN}\` alone is added, and the view of the newest versions does not show it any more; former rows stay.`,
  delete:
    'the view of the newest versions does not show it any more, and all of its rows are erased as soon as BigQuery lets them go, which is within hours.',
};

function deletionIn({ when }: Pipeline): readonly string[] {
  if (!('changed' in when)) return [];
  return [`Every change is a row. When a document is deleted, ${ON_DELETE[when.changed.onDelete]}`, ''];
}

function groupsIn(pipeline: Pipeline, { sensitive, k, published }: Reidentification): readonly string[] {
  const quasi = quasiIdentifiersOf(pipeline).map(({ label }) => `\`${label}\``);
  return [
    '## Who could be told from others',
    '',
    `Quasi-identifiers: ${quasi.join(', ')}. Sensitive: \`${sensitive}\`. \`npm run pipeline -- privacy report --pipeline ${pipeline.name}\` counts the groups that they make.`,
    '',
    `The view \`${pipeline.table}_published\` shows groups of at least ${k} persons, and beside the quasi-identifiers only ${published.map((column) => `\`${column}\``).join(', ')}.`,
    '',
  ];
}

/** `record`: the column that holds those of the tree. */
function linesOf(tree: PolicyTree, parent: string, record = ''): readonly string[] {
  return Object.entries(tree).flatMap(([name, policy]) => {
    const field = `${parent}${name}`;
    if (policy.action === 'map') return linesOf(policy.fields, `${field}.`, record);
    if (policy.action === 'drop') return [line(field, policy)];
    const column = `${record}${policy.column}`;
    if (!('fields' in policy)) return [line(field, { ...policy, column })];
    const [kind, of] = policy.action === 'record' ? ['map', 'record'] : ['array of maps', 'records'];
    return [
      `| \`${field}\` (${kind}) | ${of} | \`${column}\` | ${policy.reason} |`,
      ...linesOf(policy.fields, `${field}.`, `${column}.`),
    ];
  });
}

function line(field: string, policy: ColumnPolicy | Dropped): string {
  if (policy.action === 'drop') return `| \`${field}\` | drop | | ${policy.reason} |`;
  const { action, kind, how, column, reason } = policy;
  return `| \`${field}\` (${kind.name}) | ${action}${how === undefined ? '' : ` ${how}`} | \`${column}\` | ${reason} |`;
}

function keptFor(expirationMs: string | undefined): string {
  return expirationMs === undefined ? 'for ever' : `${Number(expirationMs) / DAY_MS} days`;
}
