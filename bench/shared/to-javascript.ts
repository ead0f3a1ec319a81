// Programs that are measured run as plain JavaScript, as they do in the cloud: Node's own loader of TypeScript would
// show in start time and memory. Types are stripped, nothing else changes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';

/** Resolves beside the source in `.dist-bench/`, from where imports of packages resolve as they do there. */
export function toJavaScript(file: string): string {
  const dir = path.join(path.dirname(file), '.dist-bench');
  const target = path.join(dir, `${path.basename(file, '.ts')}.js`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(target, stripTypeScriptTypes(readFileSync(file, 'utf8')));
  return target;
}
