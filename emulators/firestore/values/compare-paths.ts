// The order of document paths: segment by segment; ids of the form `__id7__` come first, by number, and
// the others by their UTF-8 bytes. Works on whole paths, since comparing paths is what indexes do all day.
import { compareStrings, utf8Rank } from './compare-strings.ts';

const SLASH = 0x2f;
const NUMERIC_ID = /^__id(-?\d+)__$/;

export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  const start = a.lastIndexOf('/', i - 1) + 1;
  if (a.startsWith('__id', start) || b.startsWith('__id', start)) {
    const order = compareIds(segmentAt(a, start), segmentAt(b, start));
    if (order !== 0) return order;
  }
  if (i === length) return a.length - b.length;
  return unitRank(a.charCodeAt(i)) - unitRank(b.charCodeAt(i));
}

/** A parent sorts before its children and they before its next sibling: `/` is less than any other unit. */
function unitRank(unit: number): number {
  return unit === SLASH ? -1 : utf8Rank(unit);
}

function segmentAt(path: string, start: number): string {
  const end = path.indexOf('/', start);
  return end < 0 ? path.slice(start) : path.slice(start, end);
}

function compareIds(a: string, b: string): number {
  const x = NUMERIC_ID.exec(a);
  const y = NUMERIC_ID.exec(b);
  if (x && y) {
    const difference = BigInt(x[1]!) - BigInt(y[1]!);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  if (x) return -1;
  if (y) return 1;
  return compareStrings(a, b);
}
