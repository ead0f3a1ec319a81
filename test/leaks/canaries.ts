// Texts to plant: random, so that no eight characters of them occur by chance, and of every kind that makes trouble for
// whoever writes a text down. The same each time: a search for all of them is made once.
import { mulberry32 } from '../../emulators/shared/faults.ts';
import type { Canary } from './search.ts';

type Word = (length?: number) => string;
/** A text alone in brackets is common: it may stand elsewhere, and is not looked for by itself. */
type Part = string | readonly [common: string];

/** None holds a slash, so that each may be an id. */
const MAKE = {
  plain: (word) => [word(20)],
  digits: (_, random) => [pick(random, '0123456789', 20)],
  email: (word) => [word(), ['.'], word(), ['+'], word(), ['@'], word(), ['.test']],
  japanese: (_, random) => [pick(random, JAPANESE, 12)],
  emoji: (_, random) => [pick(random, EMOJI, 10)],
  quoted: (word) => [interleaved(word(20), ['"', "'", '<', '&', '`', '\\', '>', '$'])],
  lines: (word) => [interleaved(word(16), ['\n', '\t', '\r', ' '])],
  percent: (word) => [interleaved(word(16), ['%', '+', '#', '?'])],
  /** Of the length that an id may have. */
  long: (word) => [word(16), ['-'.repeat(1400)], word(16)],
  /** A name that looks like the path of a declared field. */
  fieldPath: (word) => [['formFeedback.'], word(), ['.overallScore']],
  /** A text that looks like lines of a stack. */
  frame: (word) => [['\n    at '], word(), [' (node:'], word(), [':1:1)\n    at node:'], word(), [':1:1']],
} satisfies Readonly<Record<string, (word: Word, random: () => number) => readonly Part[]>>;

export type Style = keyof typeof MAKE;
export const STYLES = Object.keys(MAKE) as readonly Style[];

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** With voiced kana, which have a composed and a decomposed form. */
const JAPANESE =
  'がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽガギグゲゴザジズゼゾ花子太郎利用者膝腕立伏運動';
const EMOJI = Array.from({ length: 200 }, (_, i) => String.fromCodePoint(0x1f400 + i)).join('');
const SEED = 0x1ea4;

/** The n-th of its style. */
export function createCanary(style: Style, n: number, place: string): Canary {
  const random = mulberry32(Math.imul(SEED + STYLES.indexOf(style), 0x9e3779b1) + n);
  const word: Word = (length = 12) => pick(random, LETTERS, length);
  const parts: readonly Part[] = MAKE[style](word, random);
  return { place, text: parts.flat().join(''), random: parts.filter((part) => typeof part === 'string') };
}

function pick(random: () => number, from: string, length: number): string {
  const chars = [...from];
  return Array.from({ length }, () => chars[Math.floor(random() * chars.length)]).join('');
}

function interleaved(letters: string, between: readonly string[]): string {
  return [...letters]
    .map((letter, i) => letter + (i % 4 === 3 ? between[(i >> 2) % between.length] : ''))
    .join('');
}
