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

/** Pseudonyms of one column, in all tables that have it. */
interface Column {
  readonly name: string;
  /** Under the old key, without a pair. */
  readonly wanted: Set<string>;
  /** Under the new key: they show that the one at hand is the one that is deployed. */
  readonly proofs: Set<string>;
  readonly made: Pair[];
}

/**
 * Holds the pseudonyms in memory, about 150 bytes each. A run that was killed is gone on with by the next. Throws
 * before anything is written when no row shows that the new key is the one that the functions use.
 */
export async function fillBridge(
  connection: Connection,
  { keyring, rows, bridge }: { keyring: Keyring; rows: Rows; bridge: Bridge },
  versions: VersionPair,
  dryRun: boolean,
): Promise<Filled> {
  const { pipelines, syncedDocuments } = connection.context;
  const [from, to] = [keyring.get(versions.from), keyring.get(versions.to)];
  const columns = await readColumns(connection, rows, versions);
  let [pseudonyms, known, added, seen] = [0, 0, 0, 0];
  for (const { name, wanted } of columns.values()) {
    pseudonyms += wanted.size;
    for (const pseudonym of await bridge.known(name, versions)) if (wanted.delete(pseudonym)) known++;
  }
  const left = () => [...columns.values()].reduce((sum, { wanted }) => sum + wanted.size, 0);
  if (left() === 0) return { pseudonyms, known, added, orphaned: 0 }; // and no identifier need be read

  const progress = createProgress();
  const flush = async ({ name, made }: Column) => {
    if (!dryRun && made.length > 0) await bridge.add(name, versions, made);
    added += made.splice(0).length;
  };
  const firestore = await connectFirestore();
  let isProven = false;
  for (const pipeline of pipelines.values()) {
    for await (const identifier of identifiersOf(firestore, syncedDocuments, pipeline)) {
      const column = columns.get(identifier.column);
      if (!column) continue;
      for (const text of textsIn(identifier)) {
        const before = from.pseudonym(column.name, identifier.kind, text);
        const after = to.pseudonym(column.name, identifier.kind, text);
        isProven ||= column.proofs.has(after);
        if (column.wanted.delete(before)) column.made.push({ old_pseudonym: before, new_pseudonym: after });
      }
      if (isProven && column.made.length >= PAIRS_AT_ONCE) await flush(column);
      progress.show(`${++seen} identifiers looked at, ${added} pairs`);
    }
  }
  progress.end();
  if (!isProven) {
    throw new Error(
      `Nothing shows that key version ${to.version} of this keyring is the one that the functions use: no row under it is of anybody in Firestore. Give the secret that is deployed, or come back when there is such a row.`,
    );
  }
  for (const column of columns.values()) await flush(column);
  return { pseudonyms, known, added, orphaned: left() };
}

async function readColumns(
  { context }: Connection,
  rows: Rows,
  { from, to }: VersionPair,
): Promise<ReadonlyMap<string, Column>> {
  const columns = new Map<string, Column>();
  for (const table of tablesOf(context.pipelines.values())) {
    for (const one of table.columns) {
      const { name } = one;
      const column = columns.get(name) ?? { name, wanted: new Set(), proofs: new Set(), made: [] };
      columns.set(name, column);
      for (const pseudonym of await rows.pseudonyms(table.name, one, from)) column.wanted.add(pseudonym);
      for (const pseudonym of await rows.pseudonyms(table.name, one, to)) column.proofs.add(pseudonym);
    }
  }
  return columns;
}

function textsIn({ value }: Identifier): readonly string[] {
  return typeof value === 'object' ? value : [String(value)];
}
