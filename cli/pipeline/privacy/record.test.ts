// The record of processing and the published views are what the policies in the code say.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { pipelines } from '../../../functions/index.ts';
import {
  DELETED_COLUMN,
  KEY_VERSION_COLUMN,
  SYNCED_COLUMN,
  tellsOfDeletions,
  VERSION_COLUMN,
} from '../../../functions/pipelines/pipeline.ts';
import type { PolicyTree } from '../../../functions/pipelines/policy.ts';
import { journal } from '../../../test/contracts/journal-pipeline.ts';
import type { Column } from '../../table-fit.ts';
import { TABLES } from '../../tables.ts';
import { filesOf } from './record.ts';
import { renderRecord } from './render-record.ts';

const root = path.join(__dirname, '..', '..', '..');
const all = [...pipelines.values()];

test.each(all.flatMap((pipeline) => Object.entries(filesOf(pipeline))))(
  '%s is as the policies say; otherwise run "npm run pipeline -- privacy record"',
  (file, text) => {
    expect(readFileSync(path.join(root, file), 'utf8')).toBe(text);
  },
);

interface WantedColumn {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
  readonly fields?: readonly WantedColumn[];
}

/** Required is what every row must have; in a map, which may be absent, nothing is, nor in a row that tells of a deletion. */
function columnsOf(tree: PolicyTree, mayBeEmpty = false): readonly WantedColumn[] {
  return Object.values(tree).flatMap((policy) => {
    if (policy.action === 'drop') return [];
    if (policy.action === 'map') return columnsOf(policy.fields, true);
    if ('fields' in policy) {
      const fields = columnsOf(policy.fields, true);
      const mode = policy.action === 'records' ? 'REPEATED' : 'NULLABLE';
      return { name: policy.column, type: 'RECORD', mode, fields };
    }
    const { column: name, type, repeated, kind } = policy;
    return {
      name,
      type,
      mode: repeated ? 'REPEATED' : kind.optional || mayBeEmpty ? 'NULLABLE' : 'REQUIRED',
    };
  });
}

function shapeOf({ name, type, mode, fields }: Column): WantedColumn {
  return { name, type, mode, ...(fields ? { fields: fields.map(shapeOf) } : {}) };
}

describe.each(all)('the table of $name', (pipeline) => {
  const { schema, timePartitioning } = TABLES.get(pipeline.table)!;

  test('has the columns of the policies, of their types and modes, and no others', () => {
    const ours = [
      ...(tellsOfDeletions(pipeline) ? [{ name: DELETED_COLUMN, type: 'TIMESTAMP', mode: 'NULLABLE' }] : []),
      { name: VERSION_COLUMN, type: 'TIMESTAMP', mode: 'REQUIRED' },
      { name: KEY_VERSION_COLUMN, type: 'INTEGER', mode: 'REQUIRED' },
      { name: SYNCED_COLUMN, type: 'TIMESTAMP', mode: 'REQUIRED' },
    ];
    const wanted = [
      ...columnsOf(pipeline.params),
      ...columnsOf(pipeline.fields, tellsOfDeletions(pipeline)),
      ...ours,
    ];
    expect(schema.fields.map(shapeOf)).toEqual(wanted);
  });

  test('keeps its rows as long as the pipeline says', () => {
    const days =
      timePartitioning.expirationMs === undefined ? null : Number(timePartitioning.expirationMs) / 86_400_000;
    expect(days).toBe(pipeline.retentionDays);
  });
});

test('a record names every field with its policy and reason, and what is generalised with how', () => {
  const lines = renderRecord(journal).split('\n');
  expect(lines).toContain('| `{person} in the path` (text) | pseudonymise | `person` | Whose is whose. |');
  expect(lines).toContain('| `email` | drop | | Nobody needs it. |');
  expect(lines).toContain(
    '| `note` (free text) | generalise to its length | `note_length` | Whether people write at all. |',
  );
  expect(lines).toContain(
    '| `at.begun` (timestamp) | generalise to the hour (UTC) | `begun` | When people write. |',
  );
});
