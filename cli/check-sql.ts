// `npm run check:sql`: every statement that the code sends and the pages show, given to Google's own analyzer with the
// tables and views of bigquery-schemas/. What they give is checked elsewhere: test/sql/statements.test.ts.
import { NoAnalyzerError, RefusedError, startAnalyzer, type Analyzer } from '../test/sql/analyzer.ts';
import { columnsOf, type Catalog } from '../test/sql/catalog.ts';
import { runOperations, type Statement } from '../test/sql/collect.ts';
import { COLUMNS, WANTED } from '../test/sql/tables.ts';
import { WRONG_STATEMENTS } from '../test/sql/wrong-statements.ts';
import { parseFlagsOrExit } from './args.ts';
import { DATASET } from './provision.ts';
import { createProgress, paint } from './terminal.ts';

interface Finding {
  readonly place: string;
  readonly problem: string;
}

const { values: flags } = parseFlagsOrExit({
  usage: 'npm run check:sql -- [flags]',
  summary:
    'Gives every statement of the code, of bigquery-schemas/ and of docs/ to Google’s analyzer of GoogleSQL, which is\n' +
    'installed into test/sql/analyzer/ when it is missing (340 MB). Exit code 1 when it refuses one, or takes one that is\n' +
    'wrong on purpose; 2 when it cannot be installed or does not run here, and nothing was checked.',
  flags: { json: { help: 'Print the result as one JSON object instead of text.' } },
});

const progress = createProgress();
let analyzer: Analyzer | undefined;
try {
  analyzer = await startAnalyzer((line) => process.stderr.write(`${line}\n`));
  progress.show('Running everything that has SQL against the local BigQuery …');
  const statements = (await runOperations()).flatMap((ran) => ran.statements);
  const { catalog, findings } = await readCatalog(analyzer);
  const analysed = await analyseAll(analyzer, statements, catalog, findings);
  const refused = await analyseWrong(analyzer, catalog, findings);
  progress.end();
  const views = WANTED.views.size;
  if (analysed !== statements.length || analysed === 0) {
    throw new Error(`Only ${analysed} of ${statements.length} statements were analysed.`);
  }
  if (flags.json)
    console.log(JSON.stringify({ ok: findings.length === 0, views, analysed, refused, findings }));
  else describe(findings, `${analysed} statements and ${views} views, ${refused} wrong ones refused`);
  process.exitCode = findings.length === 0 ? 0 : 1;
} catch (error) {
  progress.end();
  const hasNone = error instanceof NoAnalyzerError;
  const problem = error instanceof Error ? error.message : String(error);
  console.error(
    paint('red', hasNone ? `No statement was checked. ${problem}` : `Cannot check SQL: ${problem}`),
  );
  for (let { cause } = error as Error; cause instanceof Error; cause = cause.cause)
    console.error(`  ${cause.message}`);
  process.exitCode = hasNone ? 2 : 1;
} finally {
  analyzer?.close();
}
process.exit(); // Google's clients keep connections open

/** The tables, and the views as their own SQL gives them, in the order in which they read each other. */
async function readCatalog(on: Analyzer): Promise<{ catalog: Catalog; findings: Finding[] }> {
  const catalog = new Map([...COLUMNS].map(([name, fields]) => [name, columnsOf(fields)]));
  const findings: Finding[] = [];
  for (const [name, sql] of WANTED.views) {
    const place = `bigquery-schemas/views/${name}.sql`;
    const columns = await problemOr(on.analyze({ sql, parameters: [] }, catalog));
    if (typeof columns === 'string') findings.push({ place, problem: columns });
    else catalog.set(`${DATASET}.${name}`, columns);
  }
  return { catalog, findings };
}

/** Resolves to how many were analysed, with whatever result. */
async function analyseAll(
  on: Analyzer,
  statements: readonly Statement[],
  catalog: Catalog,
  findings: Finding[],
): Promise<number> {
  let analysed = 0;
  for (const statement of statements) {
    progress.show(`${analysed} of ${statements.length} statements …`);
    const problem = await problemOr(on.analyze(statement, catalog));
    const place = `${statement.file}, "${statement.operation}"`;
    if (typeof problem === 'string') findings.push({ place, problem: `${problem}\n${statement.sql}` });
    analysed++;
  }
  return analysed;
}

/** Resolves to how many were refused for what is wrong in them. */
async function analyseWrong(on: Analyzer, catalog: Catalog, findings: Finding[]): Promise<number> {
  let refused = 0;
  for (const { mistake, sql, parameters = [], says } of WRONG_STATEMENTS) {
    const place = `test/sql/wrong-statements.ts, "${mistake}"`;
    const problem = await problemOr(on.analyze({ sql, parameters }, catalog));
    if (typeof problem !== 'string') findings.push({ place, problem: `was not refused:\n${sql}` });
    else if (!says.test(problem))
      findings.push({ place, problem: `was refused for something else: ${problem}` });
    else refused++;
  }
  return refused;
}

/** What the analyzer says against it, with line and column; or what it gives. */
async function problemOr<T>(answer: Promise<T>): Promise<T | string> {
  return answer.catch((error: unknown) => {
    if (error instanceof RefusedError) return error.message;
    throw error;
  });
}

function describe(findings: readonly Finding[], counts: string): void {
  for (const { place, problem } of findings) console.log(`${paint('red', place)}\n${problem}\n`);
  const verdict = findings.length === 0 ? paint('green', 'All are GoogleSQL') : `${findings.length} are not`;
  console.log(`${verdict}: ${counts}.`);
}
