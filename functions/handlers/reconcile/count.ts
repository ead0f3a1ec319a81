// Both sides counted, piece of time by piece of time, from new to old. Only where they differ, and not as it was
// found right before, the piece is halved until few documents are left, and those are looked up.
import { explain, explainedIn, sum, surplus, type Difference } from '../../steps/explained.ts';
import type { Progress } from '../../steps/reconcile-report.ts';
import {
  rangeOf,
  readsOfCount,
  rowsOf,
  toBuckets,
  toSegments,
  UNIT_MS,
  type Segment,
} from '../../steps/segments.ts';
import { lookUp } from './look-up.ts';
import { tellDeletions } from './tell-deletions.ts';
import { BudgetSpent, checkBudget, type Run } from './run.ts';

/** Rows that one count answers for: what Firestore bills as one read, and more when there are very many rows. */
const BUCKET_ROWS = 1_000;
const MAX_BUCKETS = 250;
/** So few documents are read rather than counted any further. */
const FEW = 20;
const PAGE = 200;

type Counted = Pick<Progress, 'countedDownTo' | 'explained'> & { readonly complete: boolean };

/** `from`: nothing before is counted, in ms; null for all of time. */
export async function countAll(run: Run, progress: Progress, from: number | null): Promise<Counted> {
  const { context, pipeline, tally } = run;
  const range = { from, to: progress.countedDownTo };
  const days = toSegments(await context.rowIndex.count(pipeline, 'day', range), 'day', range);
  const size = Math.max(BUCKET_ROWS, Math.ceil(rowsOf(days) / MAX_BUCKETS));
  let { countedDownTo, explained } = progress;
  try {
    for (const bucket of toBuckets(days, size).toReversed()) {
      const documents = await count(run, bucket);
      const differing = await differingIn(run, bucket, documents, (segments) => {
        return rowsOf(segments) + surplus(explainedIn(explained, rangeOf(segments)));
      });
      for (const piece of differing) {
        explained = explain(explained, piece.segment, await lookInto(run, piece));
      }
      tally.expected += documents;
      tally.found += rowsOf(bucket);
      countedDownTo = rangeOf(bucket).from;
    }
    return { complete: true, countedDownTo: null, explained };
  } catch (error) {
    if (error instanceof BudgetSpent) return { complete: false, countedDownTo, explained };
    throw error;
  }
}

interface Piece {
  readonly segment: Segment;
  readonly documents: number;
}

async function count(run: Run, segments: readonly Segment[]): Promise<number> {
  checkBudget(run);
  const documents = await run.context.syncedDocuments.count(run.pipeline, rangeOf(segments));
  run.tally.reads += readsOfCount(documents);
  return documents;
}

/** The single segments that do not have as many documents as they should, found by halving. */
async function differingIn(
  run: Run,
  segments: readonly Segment[],
  documents: number,
  wanted: (segments: readonly Segment[]) => number,
): Promise<readonly Piece[]> {
  if (documents === wanted(segments)) return [];
  const [segment] = segments;
  if (segments.length === 1 && segment) return [{ segment, documents }];
  const middle = segments.length >> 1;
  const [older, newer] = [segments.slice(0, middle), segments.slice(middle)];
  const inOlder = await count(run, older);
  return [
    ...(await differingIn(run, newer, documents - inOlder, wanted)),
    ...(await differingIn(run, older, inOlder, wanted)),
  ];
}

async function lookInto(run: Run, piece: Piece): Promise<Difference> {
  const { segment, documents } = piece;
  const isDay = segment.from !== null && segment.to === segment.from + UNIT_MS.day;
  if (!isDay || documents <= FEW || segment.rows === 0) return readAll(run, piece);

  const rows = await run.context.rowIndex.count(run.pipeline, 'minute', segment);
  const minutes = toSegments(rows, 'minute', segment);
  const differences: Difference[] = [];
  for (const minute of await differingIn(run, minutes, documents, rowsOf)) {
    differences.push(await readAll(run, minute));
  }
  return sum(differences);
}

/** Reads its documents and looks each of them up. What will be a row soon is no difference. */
async function readAll(run: Run, { segment, documents }: Piece): Promise<Difference> {
  if (documents === 0) return { withoutRow: 0, extra: segment.rows - (await tellDeletions(run, segment)) };
  const isHere = (timeMs: number | null | undefined) =>
    typeof timeMs === 'number' && timeMs >= (segment.from ?? -Infinity) && timeMs < (segment.to ?? Infinity);
  let [read, here, toCome] = [0, 0, 0];
  checkBudget(run);
  for await (const page of run.context.syncedDocuments.pages(run.pipeline, segment, PAGE)) {
    read += page.length;
    run.tally.reads += page.length;
    for (const { row, standing } of await lookUp(run, page)) {
      if (isHere(row?.timeMs)) here++;
      else if (!row && (standing === 'healed' || standing === 'waiting' || standing === 'fresh')) toCome++;
    }
    checkBudget(run);
  }
  const gone = segment.rows > here ? await tellDeletions(run, segment) : 0;
  return { withoutRow: read - here - toCome, extra: Math.max(0, segment.rows - here - gone) };
}
