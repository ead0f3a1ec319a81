// Collections of which every change is a row, through the built functions and Google's clients, with the suite's clock
// set ahead where BigQuery holds rows in its streaming buffer.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expectedPseudonym } from '../../cli/expected-pseudonym.ts';
import { FULL_CAMPAIGN, FULL_CHANNEL, MINIMAL_CHANNEL } from '../contracts/channel-documents.ts';
import { operate, outage, root, startPipeline, type Pipeline, passTime, postToHub } from './harness.ts';

const DATASET = 'analytics_production';
const HOUR = 3_600_000;

let pipeline: Pipeline;

beforeAll(async () => {
  const clock = pathToFileURL(path.join(root, 'cli', 'chaos', 'follow-clock.ts')).href;
  const NODE_OPTIONS = `--disable-warning=ExperimentalWarning --import=${clock}`;
  pipeline = await startPipeline({ env: { NODE_OPTIONS, SYNC_SETTLE_SECONDS: '0' } });
}, 60_000);
afterAll(() => pipeline.close());
beforeEach(() => pipeline.suite.faults.clear());

const channel = (id: string) => pipeline.firestore.doc(`influencers/${id}`);
const campaign = (id: string) => pipeline.firestore.doc(`campaigns/${id}`);
const rowsOf = (id: string, table = 'influencers') =>
  pipeline.query(`SELECT * FROM ${DATASET}.${table}
    WHERE ${table === 'influencers' ? 'channel_id' : 'campaign_id'} = '${id}' ORDER BY source_updated_at`);
const shown = async (id: string) =>
  (
    await pipeline.query(
      `SELECT subscriber_count FROM ${DATASET}.influencers_latest WHERE channel_id = '${id}'`,
    )
  ).map((row) => row['subscriber_count']);
const shownCampaigns = async (id: string) =>
  (await pipeline.query(`SELECT budget FROM ${DATASET}.campaigns_latest WHERE campaign_id = '${id}'`)).map(
    (row) => row['budget'],
  );
const pass = (ms: number) => passTime(pipeline, ms);

describe('a channel', () => {
  test('is a typed row with a record for each of its states, and shown as it is now', async () => {
    const { suite } = pipeline;
    await channel('UC花子').create({ ...FULL_CHANNEL, phone: 'stays in Firestore' });
    await pipeline.settled();
    await channel('UC花子').update({ subscriber_count: 60_000, 'ai_analysis.brand_safety_score': 1 });
    await pipeline.settled();
    await channel('UC花子').update({ subscriber_count: 50_000, ai_analysis: null });
    await pipeline.settled();

    const rows = await rowsOf('UC花子');
    const secret = suite.secrets['PSEUDONYMIZATION_SALT'] ?? '';
    const scope = { project: suite.project, dataset: DATASET, column: 'contact_email_hash', kind: 'text' };
    expect(rows[0]).toMatchObject({
      channel_title: FULL_CHANNEL.channel_title,
      description_length: 11,
      subscriber_count: 50_000,
      contact_email_hash: expectedPseudonym(secret, { ...scope, id: FULL_CHANNEL.contact_info.email }),
      ai_analysis: FULL_CHANNEL.ai_analysis,
      created_at: { value: '2026-01-01T09:30:00.123456000Z' },
      deleted_at: null,
    });
    const safety = (row: Record<string, unknown>) =>
      (row['ai_analysis'] as { brand_safety_score: unknown } | null)?.brand_safety_score ?? null;
    expect(rows.map((row) => [row['subscriber_count'], safety(row)])).toEqual([
      [50_000, 0.9],
      [60_000, 1],
      [50_000, null],
    ]);
    expect(await shown('UC花子')).toEqual([50_000]);
    expect(JSON.stringify(rows)).not.toMatch(/stays in Firestore|contact@example|夕食/);
  }, 30_000);

  test('is not sent again for our own status, nor for a write that changes nothing', async () => {
    await channel('quiet').create(MINIMAL_CHANNEL);
    await pipeline.settled();
    expect((await channel('quiet').get()).data()).toMatchObject({ bigquerySyncStatus: 'synced' });
    await channel('quiet').set(MINIMAL_CHANNEL, { merge: true });
    await channel('quiet').set(MINIMAL_CHANNEL); // our status goes, the content stays
    await pipeline.settled();
    expect(await rowsOf('quiet')).toHaveLength(1);
  });

  test('that cannot be a row is given up, and comes when it is mended', async () => {
    await channel('odd').create({ ...MINIMAL_CHANNEL, ai_analysis: { engagement_rate: 'high' } });
    await pipeline.settled();
    const found = (await pipeline.failures()).find(({ documentPath }) => documentPath === 'influencers/odd');
    expect(found).toMatchObject({
      status: 'abandoned',
      failureReason: 'document invalid: ai_analysis.engagement_rate: expected a number',
    });
    await channel('odd').update({ ai_analysis: { engagement_rate: 0.5 }, subscriber_count: 3 });
    await pipeline.settled();
    expect(await shown('odd')).toEqual([3]);
  });

  test('that is deleted is hidden, its history stays, and one that is created in its place is shown', async () => {
    await channel('gone').create({ ...FULL_CHANNEL, subscriber_count: 1 });
    await pipeline.settled();
    await channel('gone').delete();
    await pipeline.settled();
    expect(await shown('gone')).toEqual([]);
    const rows = await rowsOf('gone');
    expect(rows.map((row) => row['deleted_at'] !== null)).toEqual([false, true]);
    expect(rows[1]).toMatchObject({ channel_title: null, ai_analysis: null, created_at: null });

    await channel('gone').create({ ...FULL_CHANNEL, subscriber_count: 2 });
    await pipeline.settled();
    expect(await shown('gone')).toEqual([2]);
  });

  test('that is deleted while BigQuery is away is hidden by a retry', async () => {
    const { suite } = pipeline;
    await channel('away').create(FULL_CHANNEL);
    await pipeline.settled();
    suite.faults.add(outage('before', 2));
    suite.faults.add(outage('after', 1));
    await channel('away').delete();
    await pipeline.settled();
    expect(await shown('away')).toEqual([]);
    const found = (await pipeline.failures()).find(({ documentPath }) => documentPath === 'influencers/away');
    expect(found).toMatchObject({ status: 'resolved', retryCount: 3 });
    const ids = new Set((await rowsOf('away')).map((row) => JSON.stringify([row['source_updated_at']])));
    expect(ids.size).toBe(2);
  }, 30_000);

  test('whose event never came is found and sent', async () => {
    const toggle = (what: string) =>
      fetch(`http://127.0.0.1:${pipeline.suite.ports.hub}/functions/${what}BackgroundTriggers`, {
        method: 'PUT',
      });
    await toggle('disable');
    await channel('lost').create({ ...FULL_CHANNEL, subscriber_count: 9 });
    await pipeline.suite.idle();
    await toggle('enable');
    expect(await shown('lost')).toEqual([]);
    const { stdout, stderr } = await operate(pipeline, 'reconcile', '--json');
    const reports: unknown = JSON.parse(stdout || stderr);
    // And one whose status the app took away: of which version its row is, nobody knows any more.
    const healed = { pipeline: 'influencers', missing: 2, healed: 2, extra: 0 };
    expect(reports).toContainEqual(expect.objectContaining(healed));
    expect(await shown('lost')).toEqual([9]);
  }, 60_000);
});

describe('a campaign', () => {
  test('that is deleted is hidden at once; hours later none of its rows is left, and what replaced it stays', async () => {
    const { suite } = pipeline;
    await campaign('c1').create(FULL_CAMPAIGN);
    await campaign('c2').create(FULL_CAMPAIGN);
    await campaign('c3').create(FULL_CAMPAIGN);
    await pipeline.settled();
    expect((await rowsOf('c1', 'campaigns'))[0]).toMatchObject({
      target_demographics: FULL_CAMPAIGN.target_demographics,
      requirements: FULL_CAMPAIGN.requirements,
    });
    await campaign('c1').update({ budget: 1 });
    await pipeline.settled();
    await campaign('c1').delete();
    await campaign('c2').delete();
    await pipeline.settled();
    suite.faults.add(outage('before', 1));
    await campaign('c3').delete(); // while BigQuery is away
    await pipeline.settled();
    expect([await shownCampaigns('c1'), await shownCampaigns('c2'), await shownCampaigns('c3')]).toEqual([
      [],
      [],
      [],
    ]);
    expect(await rowsOf('c1', 'campaigns')).toHaveLength(3);
    await campaign('c2').create({ ...FULL_CAMPAIGN, budget: 2 });
    await pipeline.settled();

    for (const ms of [0, HOUR, HOUR, HOUR, HOUR, HOUR]) {
      await pass(ms);
      await postToHub(pipeline, '/schedules/internal_erasePersons/run', {});
    }
    expect(await rowsOf('c1', 'campaigns')).toEqual([]);
    expect(await rowsOf('c3', 'campaigns')).toEqual([]);
    expect(await shownCampaigns('c2')).toEqual([2]);
    expect(await rowsOf('c2', 'campaigns')).toHaveLength(1);
    const { stdout } = await operate(pipeline, 'erasures', '--json');
    const { erasures } = JSON.parse(stdout) as { erasures: { status: string }[] };
    expect(erasures.map(({ status }) => status)).toEqual(['verified', 'verified', 'verified']);
  }, 120_000);
});

test('a channel whose owner asks to be forgotten leaves no row, although its id was never hidden', async () => {
  await channel('forget').create(FULL_CHANNEL);
  await pipeline.settled();
  await channel('forget').delete();
  await pipeline.settled();
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'changes-')), 'ids.txt');
  writeFileSync(file, 'forget\n');
  const { stdout: asked } = await operate(pipeline, 'erase', '--param', 'channelId', '--user', file);
  rmSync(path.dirname(file), { recursive: true });
  expect(asked).toMatch(/Asked for +1/);
  for (const ms of [0, HOUR, HOUR, HOUR, HOUR, HOUR]) {
    await pass(ms);
    await postToHub(pipeline, '/schedules/internal_erasePersons/run', {});
  }
  expect(await rowsOf('forget')).toEqual([]);
  expect(await shown('UC花子')).toEqual([50_000]);
}, 120_000);

test('nothing that is to stay in Firestore is in a row, a record of a failure or a line of a log', async () => {
  const tables = await Promise.all(
    ['influencers', 'campaigns'].map((table) => pipeline.query(`SELECT * FROM ${DATASET}.${table}`)),
  );
  const said = JSON.stringify([tables, await pipeline.failures(), pipeline.logs]);
  expect(said).toContain('Row delivered');
  expect(said).not.toMatch(/stays in Firestore|contact@example|@hanako|夕食|company_123|夏のコスメ/);
});
