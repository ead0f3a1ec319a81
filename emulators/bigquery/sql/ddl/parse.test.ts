import { expect, test } from '@jest/globals';
import { partitioningOf } from '../../query/partitioning.ts';
import { parseDdl } from './parse.ts';

test('CREATE TABLE with everything BigQuery allows', () => {
  const ddl = parseDdl(`CREATE OR REPLACE TABLE \`my-project.data.t\` (
    id INT64 NOT NULL OPTIONS(description="the key"),
    rec STRUCT<a STRING(10), b ARRAY<NUMERIC(10, 2)>>,
    at TIMESTAMP DEFAULT CURRENT_TIMESTAMP(),
    PRIMARY KEY (id) NOT ENFORCED
  ) PARTITION BY TIMESTAMP_TRUNC(at, HOUR) CLUSTER BY id, at OPTIONS(description='all', labels=[('a', 'b')])`);
  expect(ddl).toMatchObject({
    kind: 'createTable',
    orReplace: true,
    path: ['my-project', 'data', 't'],
    partitionBy: 'TIMESTAMP_TRUNC(at, HOUR)',
    clusterBy: ['id', 'at'],
    options: { description: "'all'", labels: "[('a', 'b')]" },
    fields: [
      { name: 'id', type: 'INTEGER', mode: 'REQUIRED', description: 'the key' },
      {
        name: 'rec',
        type: 'RECORD',
        fields: [
          { name: 'a', type: 'STRING', maxLength: '10' },
          { name: 'b', type: 'NUMERIC', mode: 'REPEATED' },
        ],
      },
      { name: 'at', type: 'TIMESTAMP', defaultValueExpression: 'CURRENT_TIMESTAMP()' },
    ],
  });
});

test.each<[string, object]>([
  [
    'CREATE TABLE IF NOT EXISTS d.t AS SELECT 1 AS a',
    { kind: 'createTable', ifNotExists: true, query: 'SELECT 1 AS a' },
  ],
  [
    'CREATE VIEW d.v (x) OPTIONS(description="d") AS SELECT 1',
    { kind: 'createView', columns: ['x'], query: 'SELECT 1' },
  ],
  ['CREATE SCHEMA IF NOT EXISTS my-project.d', { kind: 'createSchema', path: ['my-project', 'd'] }],
  ['DROP MATERIALIZED VIEW IF EXISTS d.v', { kind: 'drop', what: 'MATERIALIZED VIEW', ifExists: true }],
  ['DROP SCHEMA d CASCADE', { kind: 'drop', what: 'SCHEMA', cascade: true }],
  [
    'ALTER TABLE d.t ALTER COLUMN a DROP NOT NULL',
    { kind: 'alter', actions: [{ kind: 'dropNotNull', column: 'a' }] },
  ],
  [
    'ALTER TABLE d.t DROP COLUMN IF EXISTS a, RENAME COLUMN b TO c',
    { actions: [{ kind: 'dropColumn' }, { kind: 'renameColumn', to: 'c' }] },
  ],
  ['TRUNCATE TABLE d.t', { kind: 'truncate', path: ['d', 't'] }],
])('%s', (sql, ddl) => {
  expect(parseDdl(sql)).toMatchObject(ddl);
});

test('statements that are not supported say so by name', () => {
  expect(() => parseDdl('CREATE MODEL f AS (1)')).toThrow('CREATE MODEL is not supported by this emulator');
  expect(() => parseDdl('CREATE TABLE d.t (a WRONG)')).toThrow('Type not found: WRONG at [1:21]');
});

test.each<[string, object]>([
  ['at', { timePartitioning: { type: 'DAY', field: 'at' } }],
  ['DATE(at)', { timePartitioning: { type: 'DAY', field: 'at' } }],
  ['TIMESTAMP_TRUNC(at, MONTH)', { timePartitioning: { type: 'MONTH', field: 'at' } }],
  ['_PARTITIONDATE', { timePartitioning: { type: 'DAY' } }],
  [
    'RANGE_BUCKET(n, GENERATE_ARRAY(0, 100, 10))',
    { rangePartitioning: { field: 'n', range: { start: '0', end: '100', interval: '10' } } },
  ],
])('PARTITION BY %s', (expression, partitioning) => {
  expect(partitioningOf(expression, undefined)).toEqual(partitioning);
});
