// Loads the built functions: the `main` of the folder's package.json, ESM or CommonJS.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { StartError } from './start-error.ts';

/** Throws an error that says what is missing and what to do. */
export async function loadModule(dir: string): Promise<object> {
  const manifest = path.join(dir, 'package.json');
  if (!existsSync(manifest)) {
    throw new StartError(`Cannot load functions: "${manifest}" does not exist; run \`npm run build\` first`);
  }
  const { main = 'index.js' } = JSON.parse(readFileSync(manifest, 'utf8')) as { main?: string };
  const file = path.resolve(dir, main);
  if (!existsSync(file)) {
    throw new StartError(`Cannot load functions: "${file}" (main of ${manifest}) does not exist`);
  }
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    throw new StartError(`Cannot load functions: "${file}" failed while it was loaded`, { cause: error });
  }
}
