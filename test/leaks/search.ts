// Looks for planted texts in every form that a careless line of code would give them, whole or any eight characters of
// them. One pass over a text, however many there are to look for: its eight-grams are looked up in an index. What it
// finds it shows masked.
import { FORMS, HASH_FORMS, variantsOf } from './forms.ts';

/** A text that stands in one place, and may be found in no other. */
export interface Canary {
  /** Where it was planted. */
  readonly place: string;
  readonly text: string;
  /** The parts of it that occur nowhere by chance; all of it without them. The others are looked for as a whole only. */
  readonly random?: readonly string[];
}

export interface Leak {
  readonly place: string;
  readonly form: string;
  /** What it was found in, shortened, with all that was found masked. */
  readonly around: string;
}

export interface LeakSearch {
  /** The first that is found. */
  find(text: string): Leak | undefined;
  /** Texts to look for, in all forms. */
  readonly size: number;
}

interface Entry {
  /** Lower-cased; the key of the index is how it begins. */
  readonly needle: string;
  readonly place: string;
  readonly form: string;
}

/** Characters (code points) of a fragment; of one of digits alone more, for logs and hashes are full of digits. */
export const FRAGMENT = 8;
const DIGITS = 12;
/** A hash that was cut short is still a hash. In characters of its hex or base64. */
export const HASH_CHARACTERS = 12;
/** Characters (UTF-16 units) of a key of the index. */
const KEY = 8;
const FILTER_BITS = 22;
const SHOWN = 160;

export interface Hashed {
  /** Texts whose hashes are looked for, and not they themselves, e.g. paths, whose parts are common words. */
  readonly texts?: readonly Canary[];
  /** Hashes as they are. */
  readonly hashes?: readonly Canary[];
}

export function createLeakSearch(
  canaries: readonly Canary[],
  { texts = [], hashes = [] }: Hashed = {},
): LeakSearch {
  const index = new Map<string, Entry[]>();
  let size = 0;
  /** Whether a key may be in the index, by its hash: most of a text is passed over without making a text of it. */
  const filter = new Uint8Array(1 << FILTER_BITS);

  function add(text: string, place: string, form: string): void {
    const needle = text.toLowerCase();
    if (needle.length < KEY) throw new Error(`Cannot search for what is planted in "${place}": too short`);
    const key = needle.slice(0, KEY);
    const entries = index.get(key) ?? [];
    if (entries.some((entry) => entry.needle === needle && entry.place === place)) return;
    entries.push({ needle, place, form });
    index.set(key, entries);
    size++;
    let rolling = 0;
    for (let i = 0; i < KEY; i++) rolling = roll(rolling, key.charCodeAt(i));
    filter[slotOf(rolling)] = 1;
  }

  for (const { place, text, random = [text] } of canaries) {
    const parts = random.flatMap((part) => variantsOf(part).flatMap(fragmentsOf));
    for (const part of parts) {
      for (const { name, write } of FORMS) for (const written of write(part)) add(written, place, name);
    }
    add(text, place, 'raw'); // its common parts are masked as well
  }
  const hashable = canaries.flatMap(({ place, text }) =>
    variantsOf(text).flatMap((one) =>
      [one, `users/${one}`, `/users/${one}`].map((of) => ({ place, text: of })),
    ),
  );
  for (const { place, text } of [...hashable, ...texts]) {
    for (const { name, write } of HASH_FORMS) {
      for (const written of write(text)) add(written.slice(0, HASH_CHARACTERS), place, name);
    }
  }
  for (const { place, text } of hashes) add(text.slice(0, HASH_CHARACTERS), place, 'hash');

  function* hits(lower: string): Generator<Entry & { readonly at: number }> {
    let rolling = 0;
    for (let i = 0; i < lower.length; i++) {
      rolling = roll(rolling, lower.charCodeAt(i));
      if (i < KEY - 1 || filter[slotOf(rolling)] === 0) continue;
      const at = i - KEY + 1;
      for (const entry of index.get(lower.slice(at, i + 1)) ?? []) {
        if (lower.startsWith(entry.needle, at)) yield { ...entry, at };
      }
    }
  }

  return {
    size,
    find(text) {
      // What is JSON inside of JSON has its backslashes twice.
      for (let lower = text.toLowerCase(); ; lower = lower.replaceAll('\\\\', '\\')) {
        const { value: first } = hits(lower).next();
        if (first) {
          return { place: first.place, form: first.form, around: masked(lower, first.at, [...hits(lower)]) };
        }
        if (!lower.includes('\\\\')) return undefined;
      }
    },
  };
}

/** Depends on the last eight characters alone: each is shifted out by those after it. */
function roll(rolling: number, unit: number): number {
  return (rolling << 4) ^ unit ^ (unit >> 4);
}

function slotOf(rolling: number): number {
  return Math.imul(rolling, 0x9e3779b1) >>> (32 - FILTER_BITS);
}

function fragmentsOf(text: string): readonly string[] {
  const chars = [...text];
  const length = /^\d+$/.test(text) ? DIGITS : FRAGMENT;
  if (chars.length <= length) return [text];
  return chars.slice(length - 1).map((_, i) => chars.slice(i, i + length).join(''));
}

function masked(lower: string, from: number, found: readonly (Entry & { readonly at: number })[]): string {
  const start = Math.max(0, from - SHOWN / 2);
  let shown = '';
  let at = start;
  for (const { at: begin, needle, place } of found) {
    const end = begin + needle.length;
    if (end <= at) continue;
    if (begin > at) shown += lower.slice(at, begin);
    if (begin >= at) shown += `[${place}]`;
    at = end;
    if (at > start + SHOWN) break;
  }
  return shown + lower.slice(at, Math.max(at, start + SHOWN));
}
