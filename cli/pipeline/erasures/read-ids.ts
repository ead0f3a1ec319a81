// Ids of people, from a file or from standard input: on a command line they would stay in the shell's history, and every
// user of the machine could read them in the list of processes.
import { readFileSync } from 'node:fs';
import { UsageError } from '../../args.ts';

/** Firestore's limit of a document id, in bytes. */
const MAX_BYTES = 1_500;

/** One id a line; empty lines count for nothing. Throws a UsageError that names lines, and no id. */
export function readIds(source: string): readonly string[] {
  const from = source === '-' ? 'standard input' : source;
  const ids = read(source, from)
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  const wrong = ids.flatMap((id, i) => (id === '' || isDocumentId(id) ? [] : [i + 1]));
  if (wrong.length > 0) {
    throw new UsageError(`--user: no id of a document in line ${wrong.slice(0, 10).join(', ')} of ${from}.`);
  }
  const found = [...new Set(ids.filter((id) => id !== ''))];
  if (found.length === 0) throw new UsageError(`--user: ${from} holds no id.`);
  return found;
}

function read(source: string, from: string): string {
  try {
    return readFileSync(source === '-' ? 0 : source, 'utf8');
  } catch {
    throw new UsageError(
      `--user: cannot read ${from}. It takes a file with one id a line, or - for standard input.`,
    );
  }
}

/** https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields */
function isDocumentId(id: string): boolean {
  const isReserved = id === '.' || id === '..' || /^__.*__$/.test(id);
  return !isReserved && !id.includes('/') && id.trim() === id && Buffer.byteLength(id) <= MAX_BYTES;
}
