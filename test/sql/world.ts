// What the statements of the code run against: the local BigQuery as it is provisioned, with a few sessions, behind the
// recorder; and a local Firestore, for what reads both. Its clock stands still.
import { BigQuery, type TableField } from '@google-cloud/bigquery';
import { Firestore } from '@google-cloud/firestore';
import { connectApis } from '../../cli/provision/parts.ts';
import { DATASET, provision } from '../../cli/provision.ts';
import type { Api } from '../../cli/provision/api.ts';
import { startBigQuery } from '../../emulators/bigquery/server.ts';
import { startFirestore } from '../../emulators/firestore/server.ts';
import { ManualClock, systemClock } from '../../emulators/shared/clock.ts';
import { Faults } from '../../emulators/shared/faults.ts';
import { LOOPBACK } from '../../emulators/shared/http.ts';
import type { Config } from '../../functions/config.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import { PROJECT, TABLES_OF_PAGES } from './tables.ts';

export const NOW = Date.UTC(2026, 8, 1, 12);

export interface World {
  readonly bigquery: BigQuery;
  readonly firestore: Firestore;
  /** All that keys and rows read of it. */
  readonly config: Config;
  readonly api: Api;
  readonly recorder: Recorder;
  close(): Promise<void>;
}

/** Six persons on the same kind of device in the same hour, the first with two versions; and one alone. */
export const PERSONS = ['a', 'b', 'c', 'd', 'e', 'f', 'z'] as const;
export const hashOf = (person: string): string => person.repeat(64);

const valuesOf = (person: string, minute: number, version: number) => {
  const [day, platform, os] = person === 'z' ? ['03', 'android', '14'] : ['01', 'ios', '17.1'];
  return `('${hashOf(person)}', '${person}1', 'squat', TIMESTAMP '2026-08-${day} 09:0${minute}:00Z', 'completed',
    ${version + 4}, ${version * 40}.5, ['deep'], '${platform}', '${os}', 'P1', TIMESTAMP '2026-08-${day} 09:0${minute}:00Z',
    TIMESTAMP '2026-08-0${version + 3} 10:00:00Z', 1, TIMESTAMP '2026-08-0${version + 3} 10:00:01Z')`;
};

const toOrder = (total: number, hour: number) => ({
  customer: hashOf('a'),
  order_id: 'o1',
  total,
  status: 'paid',
  paid_at: '2026-08-01T09:00:00Z',
  source_updated_at: `2026-08-01T1${hour}:00:00Z`,
  pseudonym_key_version: 1,
  synced_at: '2026-08-01T13:00:00Z',
});

/** A channel's state on that day of August, or its deletion: one that is there, one that is gone, one that came back. */
const toChannel = (channel_id: string, day: number, views: number | null) => ({
  channel_id,
  view_count: views,
  category: 'beauty',
  ai_analysis: views === null ? null : { engagement_rate: 0.5 },
  created_at: views === null ? null : '2026-08-01T09:00:00Z',
  deleted_at: views === null ? '2026-08-10T00:00:00Z' : null,
  source_updated_at: `2026-08-0${day}T10:00:00Z`,
  pseudonym_key_version: 1,
  synced_at: '2026-08-10T00:00:00Z',
});
const CHANNELS = [
  toChannel('there', 3, 7),
  toChannel('there', 2, 6),
  toChannel('gone', 2, 1),
  toChannel('gone', 3, null),
  toChannel('back', 2, null),
  toChannel('back', 3, 8),
];
const toCampaign = (campaign_id: string, deleted_at: string | null) => ({
  campaign_id,
  budget: 5,
  target_demographics: { interests: ['beauty'] },
  deleted_at,
  source_updated_at: '2026-08-02T10:00:00Z',
  pseudonym_key_version: 1,
  synced_at: '2026-08-10T00:00:00Z',
});

export async function startWorld(): Promise<World> {
  process.env['METADATA_SERVER_DETECTION'] = 'none'; // an emulator asks for no credentials
  const options = { port: 0, faults: new Faults(), log: () => {} };
  const emulator = await startBigQuery({ ...options, clock: new ManualClock(NOW) });
  const stored = await startFirestore({ ...options, clock: systemClock });
  const recorder = await startRecorder(emulator.port);
  const origin = `http://${LOOPBACK}:${recorder.port}`;
  const env = { BIGQUERY_EMULATOR_HOST: origin };
  await provision({ project: PROJECT, env });
  const bigquery = new BigQuery({
    projectId: PROJECT,
    apiEndpoint: origin,
    retryOptions: { autoRetry: false },
  });
  for (const [name, fields] of TABLES_OF_PAGES) {
    await bigquery.dataset(DATASET).createTable(name, { schema: { fields: fields as TableField[] } });
  }
  const rows = PERSONS.map((person, i) => valuesOf(person, i, 1));
  await bigquery.query(`INSERT INTO ${DATASET}.sessions (user_id_hash, session_id, exercise_type, start_time, status,
    rep_count, overall_score, warnings, platform, os_version, device_model, created_at,
    source_updated_at, pseudonym_key_version, synced_at) VALUES ${[...rows, valuesOf('a', 0, 2)].join(', ')}`);
  await bigquery
    .dataset(DATASET)
    .table('orders')
    .insert([toOrder(1_250, 2), toOrder(1_000, 1)]);
  const dataset = bigquery.dataset(DATASET);
  await dataset.table('influencers').insert(CHANNELS);
  await dataset.table('campaigns').insert([toCampaign('c1', null), toCampaign('c2', '2026-08-02T00:00:00Z')]);
  const { bigquery: api } = connectApis({ local: true, env });
  const firestore = new Firestore({
    projectId: PROJECT,
    host: `${LOOPBACK}:${stored.port}`,
    ssl: false,
    customHeaders: { Authorization: 'Bearer owner' },
  });
  return {
    bigquery,
    firestore,
    config: { bigqueryProject: PROJECT, dataset: DATASET } as Config, // all that these read of it
    api: api!,
    recorder,
    async close() {
      await firestore.terminate();
      await recorder.close();
      await stored.close();
      await emulator.close();
    },
  };
}
