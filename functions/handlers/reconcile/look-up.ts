// Documents one by one: is the row of each there, or does a failure speak of it? What is missing is sent, as the
// trigger would have sent it.
import { msToRfc3339 } from '../../pipelines/fields.ts';
import type { DocumentData, Pipeline } from '../../pipelines/pipeline.ts';
import type { FoundDocument } from '../../services/synced-documents.ts';
import type { IndexedRow, RowKey } from '../../services/row-index.ts';
import { contentHash } from '../../steps/content-hash.ts';
import { failureId } from '../../steps/ids.ts';
import { judge, type Standing } from '../../steps/judge.ts';
import { parseDocument } from '../../steps/parse-document.ts';
import { VersionTooOldError, type PseudonymKey } from '../../steps/pseudonym-key.ts';
import type { LivingDocument } from '../../steps/document-event.ts';
import type { Outcome } from '../../steps/outcome.ts';
import { pseudonymise } from '../../steps/pseudonymise.ts';
import { isExpired } from '../../steps/retention.ts';
import { matchPath, ownersOf, type Source } from '../../steps/source.ts';
import { replaces } from '../../steps/sync-status.ts';
import { isNewer, recordedVersion, versionOnRereading } from '../../steps/version.ts';
import { isErased } from '../deliver.ts';
import { restoreStatus } from '../settle.ts';
import { syncDocument } from '../sync-document.ts';
import type { Run } from './run.ts';

const AT_ONCE = 10;

export interface LookedUp {
  /**
   * `elsewhere`: a document of another path under the same collection name. `fresh`: too young to be judged.
   * `expired`: so old that its row is gone, rightly. `erased`: its row was deleted, on the person's request.
   * `unkeyed`: its key was retired, and nobody can send it any more.
   */
  readonly standing: Standing | 'elsewhere' | 'fresh' | 'expired' | 'healed' | 'erased' | 'unkeyed';
  /** The newest row of its key, as it was before. */
  readonly row: IndexedRow | undefined;
}

export async function lookUp(run: Run, documents: readonly FoundDocument[]): Promise<readonly LookedUp[]> {
  const { context, pipeline } = run;
  const keysOf = documents.map((document) => keysOfRow(pipeline, document, context.keyring.all));
  const rows = new Map<string, IndexedRow>();
  for (const row of await context.rowIndex.find(pipeline, keysOf.flat()))
    rows.set(JSON.stringify(row.key), row);

  const ends: LookedUp[] = [];
  for (let i = 0; i < documents.length; i += AT_ONCE) {
    const some = documents.slice(i, i + AT_ONCE);
    const found = await Promise.all(
      some.map(async (document, j) => {
        const keys = keysOf[i + j] ?? [];
        const row = newest(keys.flatMap((key) => rows.get(JSON.stringify(key)) ?? []));
        return { row, standing: await lookUpOne(run, document, row, keys.length > 0) };
      }),
    );
    ends.push(...found);
  }
  return ends;
}

async function lookUpOne(
  run: Run,
  document: FoundDocument,
  row: IndexedRow | undefined,
  isRow: boolean,
): Promise<LookedUp['standing']> {
  const { context, pipeline, tally, limits, startedAt } = run;
  const { path, data, updateTime } = document;
  if (!matchPath(pipeline.document, path)) return 'elsewhere';
  if (updateTime >= msToRfc3339(startedAt.getTime() - limits.settleMs)) return 'fresh';

  // Something newer than the version on record is known: content that came back (A, B, A) is the version it is now.
  const asItIsNow = { updateTime, contentHash: contentHash(data) };
  const recorded = versionOnRereading(data, updateTime, undefined);
  const version = row && row.version > recorded.updateTime ? asItIsNow : recorded;
  if (isExpired(version.updateTime, pipeline.retentionDays, startedAt)) return 'expired';
  // Without a key, the status is the only word on whether it was a row to a former schema.
  const rowVersion = isRow ? row?.version : syncedVersion(data);
  if (judge(version, { rowVersion, isRow, failure: undefined }) === 'present') {
    const status = { state: 'synced', version, error: null, retryCount: 0 } as const;
    const isSaid = syncedVersion(data) === version.updateTime;
    if (!isSaid && !limits.dryRun && replaces(status, data)) {
      await context.documents.writeStatus(path, status, updateTime);
    }
    return 'present';
  }
  tally.reads++;
  const failure = await context.deadLetters.get(failureId(pipeline.name, path));
  const wasGivenUpLater = failure?.status === 'abandoned' && isNewer(failure.documentVersion, version);
  const judged = wasGivenUpLater ? asItIsNow : version;
  const standing = judge(judged, { rowVersion, isRow, failure });
  if (standing === 'waiting') tally.waiting++;
  if (standing === 'abandoned' && failure && !limits.dryRun) await restoreStatus(context, failure, document);
  if (standing !== 'missing') return standing;
  tally.reads += ownersOf(pipeline, path).length * context.keyring.all.length;
  if (await isErased(context, pipeline, { path, data, version: judged })) return 'erased';
  if (limits.dryRun) {
    tally.missing++;
    return 'missing';
  }
  tally.reads++;
  const end = await send(run, { path, data, updateTime: judged.updateTime });
  if (end === 'erased' || end === 'unkeyed') return end;
  tally.missing++;
  switch (end) {
    case 'delivered':
      tally.healed++;
      return 'healed';
    case 'retry':
      tally.waiting++;
      return 'waiting';
    case 'dead':
      return 'abandoned';
  }
}

async function send(
  { context, pipeline }: Run,
  document: LivingDocument,
): Promise<Outcome['kind'] | 'unkeyed'> {
  try {
    return await syncDocument(context, pipeline, document);
  } catch (error) {
    if (error instanceof VersionTooOldError) return 'unkeyed';
    throw error;
  }
}

/** The keys that its row may have: one under each pseudonymisation key. None when it cannot be a row. */
function keysOfRow(
  pipeline: Pipeline,
  { path, data, updateTime }: FoundDocument,
  keys: readonly PseudonymKey[],
): readonly RowKey[] {
  const source: Source = { path, data, version: { updateTime, contentHash: '' } };
  if (!matchPath(pipeline.document, path)) return [];
  const parsed = parseDocument(pipeline, source);
  if (!parsed.ok) return [];
  return keys.map((key) => {
    const row = pseudonymise(pipeline, source, parsed.document, key);
    return pipeline.key.map((column) => String(row[column]));
  });
}

function syncedVersion(data: DocumentData): string | undefined {
  return data['bigquerySyncStatus'] === 'synced' ? recordedVersion(data)?.updateTime : undefined;
}

function newest(rows: readonly IndexedRow[]): IndexedRow | undefined {
  return rows.reduce<IndexedRow | undefined>((a, b) => (a && a.version >= b.version ? a : b), undefined);
}
