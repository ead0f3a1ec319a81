// Every statement that the code sends and the pages show, run in the local BigQuery with its result; and none is left
// out. `npm run check:sql` gives the same statements to Google's own analyzer.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { runOperations, type Ran } from './collect.ts';
import { OPERATIONS } from './operations.ts';
import { isPartOf, sources, sourcesIn, type Source } from './sources.ts';

let ran: readonly Ran[] = [];
beforeAll(async () => {
  ran = await runOperations();
}, 60_000);

const ranOf = (name: string) => ran.find(({ operation }) => operation.name === name);
const isCovered = (source: Source) =>
  ran.some(
    ({ operation, statements }) =>
      (source.isPiece || operation.file === source.file) &&
      statements.some(({ sql }) => isPartOf(source, sql)),
  );

describe('gives what its rows are:', () => {
  test.each(OPERATIONS.map(({ file, name }) => [file, name]))('%s: %s', (_, name) => {
    expect(ranOf(name)?.gave).toEqual(ranOf(name)?.operation.gives);
    expect(ranOf(name)?.statements).not.toEqual([]);
  });
});

test('every operation has a name of its own', () => {
  expect(new Set(OPERATIONS.map(({ name }) => name)).size).toBe(OPERATIONS.length);
});

test('all SQL of the code, the views and the pages is part of a statement that was run', () => {
  const found = sources();
  const files = new Set(found.map(({ file }) => file));
  expect(found.filter((source) => !isCovered(source))).toEqual([]);
  expect(OPERATIONS.filter(({ file }) => !files.has(file))).toEqual([]);
});

test('parameters are known with their types', () => {
  const types = ranOf('rows of persons, counted and deleted')?.statements[0]?.parameters;
  expect(types).toEqual([
    {
      name: 'marks',
      parameterType: {
        type: 'ARRAY',
        arrayType: {
          type: 'STRUCT',
          structTypes: [
            { name: 'person', type: { type: 'INT64' } },
            { name: 'cell', type: { type: 'STRING' } },
            { name: 'until', type: { type: 'TIMESTAMP' } },
          ],
        },
      },
    },
  ]);
});

describe('SQL is found', () => {
  const partsIn = (code: string) => sourcesIn('cli/new.ts', code).map(({ parts }) => parts);

  test.each([
    ['a string', "const q = 'SELECT 1';", [['SELECT 1']]],
    ['a template', 'const q = `DELETE FROM ${t} WHERE a = ${b}`;', [['DELETE FROM ', ' WHERE a = ', '']]],
    [
      'within other text',
      'const q = `curl -d \'{"query":"SELECT a FROM ${d}.t","x":1}\'`;',
      [['SELECT a FROM ', '.t']],
    ],
    ['what follows a value', 'const q = `${facts}, more AS (SELECT a FROM b)`;', [['SELECT a FROM b)']]],
    ['a piece of one', 'const q = [`HAVING ${a} > 1`];', [['HAVING ', ' > 1']]],
    ['small letters', "run('select a from b');", [['select a from b']]],
  ])('in %s', (_, code, parts) => {
    expect(partsIn(code)).toEqual(parts);
  });

  test('and not in comments, keys of tables and prose', () => {
    const code = "// SELECT 1\nconst a = { 'bigquery SELECT': 'Updates what was selected from a list' };";
    expect(partsIn(code)).toEqual([]);
  });

  test('where no statement has it, in its order', () => {
    const [known] = sourcesIn('functions/services/row-eraser.ts', 'q(`DELETE FROM ${t} AS t`)');
    const [other] = sourcesIn('functions/services/row-eraser.ts', 'q(`DELETE FROM ${t} AS s`)');
    const [elsewhere] = sourcesIn('functions/services/row-sink.ts', 'q(`DELETE FROM ${t} AS t`)');
    expect([known!, other!, elsewhere!].map(isCovered)).toEqual([true, false, false]);
  });
});
