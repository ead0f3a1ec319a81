// What came out of the functions, by the place that it came out at, and what of it should not have.
import { inspect } from 'node:util';
import type { Planted } from './documents.ts';
import type { Leak, LeakSearch } from './search.ts';

export type Sinks = Readonly<Record<string, readonly string[]>>;

export interface FoundLeak extends Leak {
  readonly sink: string;
}

/** One of each sink, form and place: a leak that happens a thousand times is one. */
export function findLeaks(search: LeakSearch, sinks: Sinks): readonly FoundLeak[] {
  const found = new Map<string, FoundLeak>();
  for (const [sink, texts] of Object.entries(sinks)) {
    for (const text of texts) {
      const leak = search.find(text);
      if (leak) found.set(`${sink} ${leak.place} ${leak.form}`, { sink, ...leak });
    }
  }
  return [...found.values()];
}

/** What a logger could print of something thrown: message, stack, cause, and all its properties, hidden ones too. */
export function textsOf(thrown: unknown): readonly string[] {
  const whole = inspect(thrown, {
    showHidden: true,
    depth: null,
    maxStringLength: null,
    breakLength: Infinity,
  });
  if (!(thrown instanceof Error)) return [whole];
  const own = Reflect.ownKeys(thrown).map((key) => inspect(Reflect.get(thrown, key), { depth: null }));
  return [thrown.name, thrown.message, thrown.stack ?? '', whole, ...own];
}

/** The texts of a row, but for those that its policies keep: each in its own column, and as it is. */
export function cellsOf(
  row: Readonly<Record<string, unknown>>,
  planted: readonly Planted[],
): readonly string[] {
  return Object.entries(row).flatMap(([column, cell]) => {
    const isKept = planted.some(({ kept }) => kept.has(column) && isSame(cell, kept.get(column)));
    return isKept ? [column] : [column, ...textsIn(cell)];
  });
}

/** The texts of a value and the names of its fields, at all depths. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => [name, ...textsIn(one)]);
}

function isSame(cell: unknown, value: unknown): boolean {
  return typeof cell === 'object' ? JSON.stringify(cell) === JSON.stringify(value) : cell === value;
}
