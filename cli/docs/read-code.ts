// The code of a page of docs/, for the tests that run it.
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Blocks of that language, in their order. Throws when there is none. */
export function readCode(page: string, language: string): readonly string[] {
  const text = readFileSync(path.join(__dirname, '..', '..', 'docs', page), 'utf8');
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, of, code]) =>
    of === language && code !== undefined ? [code] : [],
  );
  if (blocks.length === 0) throw new Error(`docs/${page} has no block of ${language}`);
  return blocks;
}
