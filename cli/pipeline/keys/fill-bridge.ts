// Pairs of pseudonyms for whoever Firestore still knows: the pseudonyms that BigQuery holds under the old key are met
// with those of each identifier, and a match is written down under both keys. No identifier leaves this process.
import type { Identifier } from '../../../functions/pipelines/pipeline.ts';
import type { Keyring } from '../../../functions/steps/pseudonym-key.ts';
import { createProgress } from '../../terminal.ts';
import type { Connection } from '../connect.ts';
import { PAIRS_AT_ONCE, type Bridge, type Pair, type VersionPair } from './bridge-table.ts';
import { connectFirestore, identifiersOf } from './identifiers.ts';
import { tablesOf } from './pseudonymised.ts';
import type { Rows } from './rows.ts';

export interface Filled {
  /** Pseudonyms under the old key, in all tables together. */
  readonly pseudonyms: number;
  /** Had their pair before. */
  readonly known: number;
  /** Have it now; in a dry run, would have it. */
  readonly added: number;
  /** Nobody in Firestore has them any more. */
  readonly orphaned: number;
}

interface Wanted {
  readonly column: string;
  /** Old pseudonyms that still want their pair. */
  readonly left: Set<string>;
  readonly made: Pair[];
}

/** Holds the old pseudonyms in memory, about 150 bytes each. A run that was killed is gone on with by the next. */
export async function fillBridge(
  connection: Connection,
  { keyring, rows, bridge }: { keyring: Keyring; rows: Rows; bridge: Bridge },
  versions: VersionPair,
  dryRun: boolean,
): Promise<Filled> {
  const { pipelines, completedDocuments } = connection.context;
  const [from, to] = [keyring.get(versions.from), keyring.get(versions.to)];
  const progress = createProgress();
  const wanted = new Map<string, Wanted>();
  let [pseudonyms, known, added, seen] = [0, 0, 0, 0];
  const flush = async ({ column, made }: Wanted) => {
    if (!dryRun && made.length > 0) await bridge.add(column, versions, made);
    added += made.splice(0).length;
  };

  for (const table of tablesOf(pipelines.values())) {
    for (const column of table.columns) {
      const of = wanted.get(column.name) ?? { column: column.name, left: new Set(), made: [] };
      wanted.set(column.name, of);
      for (const one of await rows.pseudonyms(table.name, column, versions.from)) of.left.add(one);
    }
  }
  for (const { column, left } of wanted.values()) {
    pseudonyms += left.size;
    for (const pseudonym of await bridge.known(column, versions)) if (left.delete(pseudonym)) known++;
  }
  const firestore = await connectFirestore();
  for (const pipeline of pipelines.values()) {
    if ([...wanted.values()].every(({ left }) => left.size === 0)) break; // no identifier need be read
    for await (const identifier of identifiersOf(firestore, completedDocuments, pipeline)) {
      const of = wanted.get(identifier.column);
      for (const text of textsIn(identifier)) {
        const old = from.pseudonym(identifier.column, identifier.kind, text);
        if (!of?.left.delete(old)) continue;
        const made = to.pseudonym(identifier.column, identifier.kind, text);
        of.made.push({ old_pseudonym: old, new_pseudonym: made });
        if (of.made.length >= PAIRS_AT_ONCE) await flush(of);
      }
      progress.show(`${++seen} identifiers looked at, ${added} pairs`);
    }
  }
  for (const of of wanted.values()) await flush(of);
  progress.end();
  const orphaned = [...wanted.values()].reduce((sum, { left }) => sum + left.size, 0);
  return { pseudonyms, known, added, orphaned };
}

function textsIn({ value }: Identifier): readonly string[] {
  return typeof value === 'object' ? value : [String(value)];
}
