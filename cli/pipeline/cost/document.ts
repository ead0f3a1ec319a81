// The examples and the prices of docs/cost.md, between two marks: written by the program, and compared with it by a
// test.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { parseFlags } from '../../args.ts';
import { estimate } from './estimate.ts';
import type { Measured } from './measured.ts';
import { readPrices, type Price } from './prices.ts';
import { describeEstimate } from './report.ts';
import { listed, measure } from './units.ts';
import { PRICED } from './use.ts';
import { toWorkload, WORKLOAD_FLAGS } from './workload.ts';

export const DOCUMENT = path.join('docs', 'cost.md');
const BEGIN = '<!-- examples: npm run pipeline -- cost --doc -->';
const END = '<!-- end of the examples -->';
const file = path.join(import.meta.dirname, '..', '..', '..', DOCUMENT);

const EXAMPLES: readonly (readonly string[])[] = [[], ['--free-tiers'], ['--docs', '100000000']];

/** `results` is the folder as the commands name it; undefined for the one that they read without being told. */
export function examples(measured: Measured, results: string | undefined): string {
  const parts = EXAMPLES.map((argv) => {
    const { values } = parseFlags({ usage: '', summary: '', flags: WORKLOAD_FLAGS }, argv);
    const workload = toWorkload(values);
    const text = describeEstimate(estimate(workload, measured, readPrices(workload.region)), false);
    const from = results === undefined ? [] : ['--results', results];
    const command = ['npm run pipeline -- cost', ...argv, ...from].join(' ');
    return `\`\`\`\n$ ${command}\n${stripVTControlCharacters(text)}\n\`\`\``;
  });
  return [...parts, priceTable()].join('\n\n');
}

function priceTable(): string {
  const [home, nam5] = [readPrices('us-central1'), readPrices('nam5')];
  const rows = PRICED.map((item) => {
    const price = home.of[item];
    const elsewhere = nam5.of[item].listed.usd === price.listed.usd ? '' : listed(nam5.of[item]);
    return [price.label, listed(price), elsewhere, freeOf(price), `[${price.seen}](${price.source})`];
  });
  const header = [
    `as of ${home.compiled}`,
    'us-central1',
    'nam5, where it differs',
    'free a month',
    'source',
  ];
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function freeOf({ freePerMonth, unit }: Price): string {
  return freePerMonth === 0 ? '' : measure(freePerMonth, unit);
}

/** What stands between the marks. */
export function documented(): string {
  const { before, text } = cut(readFileSync(file, 'utf8'));
  return text.slice(before.length, text.indexOf(END)).trim();
}

export function writeDocument(measured: Measured, results: string | undefined): string {
  const { before, after } = cut(readFileSync(file, 'utf8'));
  writeFileSync(file, `${before}\n\n${examples(measured, results)}\n\n${after}`);
  return DOCUMENT;
}

function cut(text: string): { text: string; before: string; after: string } {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`Cannot find "${BEGIN}" and "${END}" in ${DOCUMENT}; put them back.`);
  return { text, before: text.slice(0, begin + BEGIN.length), after: text.slice(end) };
}
