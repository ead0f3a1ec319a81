// The functions built with leaks in them, one for each place that something comes out at: to show that whoever searches
// these places finds what is there. Built as `npm run build` builds them, from sources with lines replaced.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..', '..');
const source = path.join(root, 'functions');

/** The path of the document that was handled last. */
const PATH = 'globalThis.lastPath';

/** A line of a file, and what stands there instead. */
const LEAKS: readonly (readonly [file: string, line: string, leaky: string])[] = [
  [
    'handlers/sync-document.ts',
    'const key = keyOf(context.keyring, source.version);',
    `const key = keyOf(context.keyring, source.version);
  const { path, data = {} } = written;
  ${PATH} = path;
  if (data.status === 'completed' && data.repCount === 1) throw new Error(path, { cause: data });
  if (data.repCount === 2) void Promise.reject(new Error(path));
  if (data.repCount === 3) console.error(path);`,
  ],
  [
    'steps/unexpected-error.ts',
    'export function toSafeError(error: unknown): Error {',
    'export function toSafeError(error: unknown): Error {\n  return error;',
  ],
  [
    'steps/to-insert-row.ts',
    '[SYNCED_COLUMN]: now.toISOString()',
    '[SYNCED_COLUMN]: now.toISOString(), camera_resolution: source.path',
  ],
  [
    'services/retry-queue.ts',
    'name: nameOf({ failureId, generation }),',
    `name: nameOf({ failureId, generation }) + Buffer.from(${PATH}).toString('hex').slice(0, 100),`,
  ],
  [
    'services/retry-queue.ts',
    "headers: { 'Content-Type': 'application/json' },",
    `headers: { 'Content-Type': 'application/json', 'X-Document': encodeURIComponent(${PATH}) },`,
  ],
  [
    'services/retry-queue.ts',
    'JSON.stringify({ v: 1, failureId, generation })',
    `JSON.stringify({ v: 1, failureId, generation, path: ${PATH} })`,
  ],
  ['steps/classify.ts', '${describe(error)}`', `\${describe(error)} \${${PATH}}\``],
  [
    'handlers/retry-failure.ts',
    "message: 'Expected a POST of",
    "message: JSON.stringify(request.body) + 'Expected a POST of",
  ],
  [
    'services/row-index.ts',
    '.query({ query: sql, params })',
    `.query({ query: sql + ' -- ' + encodeURIComponent(${PATH} ?? ''), params })`,
  ],
  [
    'handlers/reconcile/reconcile.ts',
    'await context.reports.save(report,',
    `await context.reports.save({ ...report, of: ${PATH} },`,
  ],
];

/** The folder of the build; who asks for it removes it. Throws when a line is not there, or not only once. */
export async function buildLeaky(): Promise<string> {
  const sources = new Map<string, string>();
  for (const [file, line, leaky] of LEAKS) {
    const text = sources.get(file) ?? readFileSync(path.join(source, file), 'utf8');
    const parts = text.split(line);
    if (parts.length !== 2) {
      throw new Error(
        `Cannot make ${file} leak: ${parts.length - 1} times there is "${line}"; adapt test/leaks/leaky-build.ts`,
      );
    }
    sources.set(file, parts.join(leaky));
  }
  const outdir = mkdtempSync(path.join(root, '.dist-leaky-'));
  try {
    await build({
      entryPoints: [path.join(source, 'index.ts')],
      outdir,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      packages: 'external',
      logLevel: 'warning',
      plugins: [
        {
          name: 'leaks',
          setup(building) {
            building.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
              const contents = sources.get(path.relative(source, file).split(path.sep).join('/'));
              return contents === undefined ? undefined : { contents, loader: 'ts' };
            });
          },
        },
      ],
    });
    writeFileSync(path.join(outdir, 'package.json'), '{"type":"module","main":"index.js"}\n');
    return outdir;
  } catch (error) {
    rmSync(outdir, { recursive: true, force: true });
    throw error;
  }
}
