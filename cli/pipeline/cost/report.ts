// An estimate for people: the comparison, what dominates, what would change it; on request what each line is for.
import { paint, table } from '../../terminal.ts';
import { isPriced, type Bill } from './bill.ts';
import { perMillion, type Estimate } from './estimate.ts';
import { amount, dollars, listed, measure } from './units.ts';
import { CAUSES, type Cause } from './use.ts';
import type { Variant } from './variants.ts';

const NAMES: readonly Variant[] = ['ours', 'sample', 'incumbent'];

export function describeEstimate(estimate: Estimate, breakdown: boolean): string {
  return [
    describeWorkload(estimate),
    compare(estimate),
    '',
    paint('bold', 'What dominates'),
    ...NAMES.map((name) => dominant(name, estimate.variants[name].bill)),
    '',
    paint('bold', 'What would change ours, in dollars per million documents'),
    sensitivities(estimate),
    ...(breakdown ? NAMES.flatMap((name) => ['', paint('bold', name), details(estimate, name)]) : []),
  ].join('\n');
}

function describeWorkload({ workload, compiled, origin }: Estimate): string {
  const { docs, writesPerDoc, size, peak, concurrency, stored, failureRate, attempts, region } = workload;
  const tiers = workload.freeTiers ? 'after' : 'without';
  return [
    paint('bold', 'Per million completed documents'),
    `  ${amount(docs)} a month in ${region}, ${writesPerDoc} writes each, ${size} bytes, ${amount(stored)} stored; peak ${peak}, concurrency ${concurrency};`,
    `  ${amount(failureRate * 1e6)} of a million inserts fail at first, ${attempts} attempts then. Prices of ${compiled}, ${tiers} free tiers;`,
    `  CPU as measured on ${origin.date} at commit ${origin.commit}.`,
    '',
  ].join('\n');
}

function compare(estimate: Estimate): string {
  const { workload, variants } = estimate;
  const lines = variants.ours.bill.lines.map(({ item, label, unit, price }) => {
    const cells = NAMES.flatMap((name) => {
      const line = variants[name].bill.lines.find((other) => other.item === item);
      const quantity = line?.quantity ?? 0;
      if (quantity === 0) return ['', ''];
      const usd = isPriced(item) ? dollars(perMillion(line?.usd ?? 0, workload)) : '';
      return [measure(perMillion(quantity, workload), unit), usd];
    });
    return {
      cells: [label, price ? listed(price) : 'not billed', ...cells],
      isEmpty: cells.every((cell) => cell === ''),
    };
  });
  const totals = (of: (bill: Bill) => string) => NAMES.flatMap((name) => ['', of(variants[name].bill)]);
  return columns([
    ['', 'price', ...NAMES.flatMap((name) => [name, '$'])],
    ...lines.filter(({ isEmpty }) => !isEmpty).map(({ cells }) => cells),
    ['Per million', '', ...totals((bill) => dollars(perMillion(bill.usdPerMonth, workload)))],
    ['Per month', '', ...totals((bill) => dollars(bill.usdPerMonth))],
  ]);
}

function dominant(name: Variant, { usdByCause }: Bill): string {
  const sum = [...usdByCause.values()].reduce((a, b) => a + b, 0);
  const largest = [...usdByCause].toSorted(([, a], [, b]) => b - a).slice(0, 3);
  const parts = largest.map(([cause, usd]) => `${CAUSES[cause]} ${Math.round((usd / sum) * 100)} %`);
  return `  ${name.padEnd(10)} ${parts.join(', ')}`;
}

function sensitivities(estimate: Estimate): string {
  return columns(
    estimate.sensitivities.map(({ what, usdPerMillion }) => [
      what,
      `${usdPerMillion < 0 ? '−' : '+'}${dollars(Math.abs(usdPerMillion))}`,
    ]),
  );
}

/** Each use by cause, before free tiers. */
function details({ workload, variants }: Estimate, name: Variant): string {
  const { uses, bill } = variants[name];
  const order = Object.keys(CAUSES) as Cause[];
  const lines = new Map(bill.lines.map((line) => [line.item, line]));
  const rows = order.flatMap((cause) => {
    const sums = new Map<string, number>();
    for (const use of uses)
      if (use.cause === cause) sums.set(use.item, (sums.get(use.item) ?? 0) + use.quantity);
    return [...lines.values()].flatMap(({ item, label, unit, price }) => {
      const quantity = sums.get(item);
      if (quantity === undefined) return [];
      const usd = price ? dollars(perMillion(quantity * price.usdPerUnit, workload)) : '';
      return [[CAUSES[cause], label, measure(perMillion(quantity, workload), unit), usd]];
    });
  });
  return columns([['for', '', 'quantity', '$'], ...rows]);
}

/** The first columns to the left, those of numbers to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const isNumber = (text: string) => text === '' || /^[−+]?[\d.,]+( [A-Za-z/ ]+)?$/.test(text);
  const numeric = rows[0]!.map((_, i) => i > 0 && rows.slice(1).every((row) => isNumber(row[i] ?? '')));
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => [...(row[i] ?? '')].length)));
  return table(rows.map((row) => row.map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell))));
}
