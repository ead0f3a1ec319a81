// Writes sessions as an app would: each session's writes in order, many sessions at once.
import type { Firestore } from 'firebase-admin/firestore';
import type { InputDocument } from './input-file.ts';
import type { PlannedSession } from './plan.ts';

/** What was written, for the final account. Grows while the workload runs. */
export interface Written {
  sessions: number;
  skipped: number;
  poison: number;
  /** Paths of the sessions that were completed. */
  readonly completed: Set<string>;
}

const AT_ONCE = 40;

export function nothingWritten(): Written {
  return { sessions: 0, skipped: 0, poison: 0, completed: new Set() };
}

export async function writePlanned(
  firestore: Firestore,
  plan: Iterable<PlannedSession>,
  written: Written,
): Promise<void> {
  await inParallel(plan, async (session) => {
    const reference = firestore.doc(session.path);
    for (const write of session.writes) {
      if (write.kind === 'create') await reference.create(write.data);
      else if (write.kind === 'update') await reference.update(write.data);
      else await reference.delete();
    }
    written.sessions++;
    if (session.ends === 'unfinished') written.skipped++;
    else written.completed.add(session.path);
    if (session.ends === 'poison') written.poison++;
  });
}

/** Writes the documents of a file over REST, exactly as they stand there. Throws when Firestore refuses one. */
export async function writeInput(
  target: { readonly host: string; readonly project: string; readonly file: string },
  documents: readonly InputDocument[],
  isSession: (path: string) => boolean,
  written: Written,
): Promise<void> {
  const database = `projects/${target.project}/databases/(default)`;
  const paths = new Set<string>();
  const write = async ({ line, path, fields }: InputDocument) => {
    const response = await fetch(`http://${target.host}/v1/${database}/documents:commit`, {
      method: 'POST',
      headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
      body: JSON.stringify({ writes: [{ update: { name: `${database}/documents/${path}`, fields } }] }),
    });
    if (!response.ok) {
      throw new Error(`${target.file}:${line}: Firestore refused the document (HTTP ${response.status})`);
    }
    if (isSession(path) && isCompletedField(fields['status'])) written.completed.add(path);
    paths.add(path);
    written.sessions = paths.size;
    written.skipped = paths.size - written.completed.size;
  };
  // Lines of one document keep their order: each goes out with the round that follows its former one.
  for (const round of roundsByPath(documents)) await inParallel(round, write);
}

function isCompletedField(status: unknown): boolean {
  return (
    typeof status === 'object' &&
    status !== null &&
    'stringValue' in status &&
    status.stringValue === 'completed'
  );
}

function roundsByPath(documents: readonly InputDocument[]): InputDocument[][] {
  const seen = new Map<string, number>();
  const rounds: InputDocument[][] = [];
  for (const document of documents) {
    const round = seen.get(document.path) ?? 0;
    seen.set(document.path, round + 1);
    (rounds[round] ??= []).push(document);
  }
  return rounds;
}

async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
