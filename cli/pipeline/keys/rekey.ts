// `pipeline keys rekey`: brings the rows under an old key to the next one, so that each person has one pseudonym
// again. It makes pairs as a bridge does, and deletes them when they have served. Every step may run again.
import { createProgress, table } from '../../terminal.ts';
import type { Connection } from '../connect.ts';
import { defineVerb, type Result } from '../verb.ts';
import { createBridge, type Bridge, type VersionPair } from './bridge-table.ts';
import { failuresByVersion, moveClosedFailures } from './failures.ts';
import { fillBridge } from './fill-bridge.ts';
import { tablesOf, type PseudonymisedTable } from './pseudonymised.ts';
import { createRows, STREAMED_MINUTES, type Rows } from './rows.ts';
import { checkSuccession, readVersions, VERSIONS } from './versions.ts';

export const rekeyVerb = defineVerb({
  name: 'keys rekey',
  summary:
    'Brings the rows under an old key to the next one, so that each person has one pseudonym again.\n' +
    'Month by month. A row that was sent a short while ago waits for a later run, as BigQuery wants; a row of\n' +
    'somebody who is not in Firestore any more stays as it is. Killed half way, it is gone on with by the next run.\n' +
    'Exit code 1 while rows are left. Costs a read of Firestore per person, and a rewrite of the partitions.',
  flags: {
    ...VERSIONS,
    'streamed-minutes': {
      value: 'N',
      integer: { min: 30, max: 10_000 },
      default: String(STREAMED_MINUTES),
      help: 'Leave rows that were sent less than this ago.',
    },
    'keep-bridge': { help: 'Do not delete the pairs when all is done.' },
    'dry-run': { help: 'Change nothing; say how many rows and bytes it would be.' },
  },
  async run(connection, values): Promise<Result> {
    const { versions, keyring, secret } = await readVersions('keys rekey', connection, values);
    const [rows, bridge] = [createRows(connection), createBridge(connection)];
    checkSuccession(secret, versions, await rows.now());
    const tables = tablesOf(connection.context.pipelines.values());
    checkCells(tables);
    const waiting = await waitingUnder(connection, versions.from);
    if (waiting > 0) {
      const text = `${waiting} failures wait under version ${versions.from}: their rows would come after this. Let them be delivered, or end them with "failures abandon"; "failures list" shows them.`;
      return { text, json: { waiting }, exitCode: 1 };
    }
    const how = { versions, rows, bridge, tables, streamedMinutes: values['streamed-minutes'] };
    const dryRun = values['dry-run'];
    if (!dryRun) await bridge.ensure(undefined);
    const filled = await fillBridge(connection, { keyring, rows, bridge }, versions, dryRun);
    if (dryRun) return foretell(how, filled.orphaned);

    const moved = await moveRows(how);
    const failures = await moveClosedFailures(connection.context, versions.from, versions.to);
    const left = await countLeft(how);
    const isDone = left.young === 0;
    const pairs = isDone && !values['keep-bridge'] ? await bridge.remove(versions) : 0;
    const json = { moved, failures, ...left, orphaned: filled.orphaned, pairsDeleted: pairs };
    return { text: describe(json, how), json, exitCode: left.young + left.old > 0 ? 1 : 0 };
  },
});

interface Rekeying {
  readonly versions: VersionPair;
  readonly rows: Rows;
  readonly bridge: Bridge;
  readonly tables: readonly PseudonymisedTable[];
  readonly streamedMinutes: number;
}

/** Throws for a column that holds several pseudonyms a cell, and for a record that holds one. */
function checkCells(tables: readonly PseudonymisedTable[]): void {
  for (const { name, columns, records } of tables) {
    const column = columns.find(({ repeated }) => repeated)?.name ?? records[0];
    if (column === undefined) continue;
    const holds = records.includes(column)
      ? 'is a record with pseudonyms'
      : 'holds several pseudonyms a cell';
    throw new Error(
      `Cannot rekey table "${name}": column "${column}" ${holds}. Its rows stay under their key; "keys bridge" links them.`,
    );
  }
}

async function waitingUnder({ context }: Connection, version: number): Promise<number> {
  const found = await failuresByVersion(context, ['pending', 'abandoned']);
  return found.find((of) => of.version === version)?.waiting ?? 0;
}

async function moveRows({ versions, rows, bridge, tables, streamedMinutes }: Rekeying): Promise<number> {
  const progress = createProgress();
  let moved = 0;
  for (const of of tables) {
    for (const month of await rows.movable(of.name, versions.from, streamedMinutes)) {
      progress.show(`${moved} rows moved; ${of.name}, ${month.from.slice(0, 7)}: ${month.rows} rows`);
      moved += await rows.move(of, versions, { bridge, month, streamedMinutes });
    }
  }
  progress.end();
  return moved;
}

/** `young` rows were sent a short while ago; `old` ones have no pair. */
async function countLeft({ versions, rows, tables, streamedMinutes }: Rekeying) {
  let [young, old] = [0, 0];
  for (const { name } of tables) {
    const months = await rows.movable(name, versions.from, streamedMinutes);
    const movable = months.reduce((sum, month) => sum + month.rows, 0);
    const counts = await rows.countByVersion(name);
    const all = counts.find(({ version }) => version === versions.from)?.rows ?? 0;
    young += Math.max(0, all - movable);
    old += movable;
  }
  return { young, old };
}

async function foretell(how: Rekeying, orphaned: number): Promise<Result> {
  let bytes = 0;
  for (const of of how.tables) bytes += await how.rows.bytesToMove(of, how.versions, how.streamedMinutes);
  const { young, old: movable } = await countLeft(how);
  const text = table([
    ['Rows that would move', movable, 'less those of whom Firestore does not know'],
    ['Rows that are too young', young, `sent in the last ${how.streamedMinutes} minutes`],
    ['Pseudonyms without a person', orphaned, 'nobody in Firestore has them any more'],
    ['Bytes processed', bytes],
  ]);
  return { text, json: { movable, young, orphaned, bytes, dryRun: true } };
}

interface Done {
  readonly moved: number;
  readonly failures: number;
  readonly young: number;
  readonly old: number;
  readonly pairsDeleted: number;
}

function describe({ moved, failures, young, old, pairsDeleted }: Done, how: Rekeying): string {
  const { from, to } = how.versions;
  const next =
    young > 0
      ? `Run it again in ${how.streamedMinutes} minutes, for the rows that are too young.`
      : old > 0
        ? `Rows under version ${from} stay until their table drops them, or somebody erases them: nobody in Firestore has their pseudonyms.`
        : `Nothing is under version ${from}: "keys retire --version ${from}" may take it out, a day after version ${to} began.`;
  return [
    table([
      ['Rows moved', moved, `from version ${from} to ${to}`],
      ['Closed failures moved', failures],
      ['Rows too young', young],
      ['Rows without a person', old],
      ['Pairs deleted', pairsDeleted, 'of the bridge'],
    ]),
    next,
  ].join('\n');
}
