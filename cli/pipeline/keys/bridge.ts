// `pipeline keys bridge`: writes down, in a dataset of its own and for a time, which pseudonyms of two key versions are
// of one person. It changes no row.
import { table } from '../../terminal.ts';
import { defineVerb } from '../verb.ts';
import { BRIDGE_DAYS, BRIDGE_TABLE, bridgeDataset, createBridge } from './bridge-table.ts';
import { fillBridge } from './fill-bridge.ts';
import { createRows } from './rows.ts';
import { readVersions, VERSIONS } from './versions.ts';

export const bridgeVerb = defineVerb({
  name: 'keys bridge',
  summary:
    'Writes down which pseudonyms of two keys are of one person, in a dataset of its own, for a time.\n' +
    'Pairs go into the table pseudonym_bridge of the dataset <dataset>_restricted, for everybody who has rows under\n' +
    'the old key and is still in Firestore. A second run adds what is missing. Whoever reads the table can link what\n' +
    'the rotation parted. Costs a read of Firestore per person.',
  flags: {
    ...VERSIONS,
    days: {
      value: 'N',
      integer: { min: 1, max: 3_650 },
      help: `Pairs are deleted after so many days; without it as the table has it, ${BRIDGE_DAYS} for a new one.`,
    },
    'dry-run': { help: 'Write nothing; say how many pairs it would be.' },
  },
  async run(connection, values) {
    const { versions, keyring } = await readVersions('keys bridge', connection, values);
    const dryRun = values['dry-run'];
    const bridge = createBridge(connection);
    if (!dryRun) await bridge.ensure(values.days);
    const given = { keyring, rows: createRows(connection), bridge };
    const filled = await fillBridge(connection, given, versions, dryRun);
    const where = `${bridgeDataset(connection.config.dataset)}.${BRIDGE_TABLE}`;
    const text = table([
      ['Pseudonyms under the old version', filled.pseudonyms],
      ['Had their pair', filled.known],
      [dryRun ? 'Would get one' : 'Have one now', filled.added, `in ${where}`],
      ['Without', filled.orphaned, 'nobody in Firestore has them any more'],
    ]);
    return { text, json: { ...filled, table: where, dryRun } };
  },
});
