// Programs that are measured run as plain JavaScript, as they do in the cloud: Node's own loader of TypeScript would
// show in start time and memory. They stand in a folder of this run, inside the project, from where imports of
// packages resolve, and are gone with it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';

export const runDir = mkdtempSync(path.join(import.meta.dirname, '..', '.dist-bench-'));
process.once('exit', () => rmSync(runDir, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

/** Types are stripped, nothing else changes: the file must not import others of its folder. */
export function toJavaScript(file: string): string {
  const target = path.join(runDir, `${path.basename(file, '.ts')}.js`);
  writeFileSync(target, stripTypeScriptTypes(readFileSync(file, 'utf8')));
  return target;
}
