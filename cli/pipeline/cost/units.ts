// Amounts and prices as people read them.
import type { Price } from './prices.ts';

export function dollars(usd: number): string {
  return usd >= 0.00005 && usd < 0.005 ? usd.toFixed(4) : usd.toFixed(2);
}

export function listed({ listed: { usd, per }, unit }: Price): string {
  const single = unit === 'bytes' || unit === 'byte months' ? measure(per, unit) : `${amount(per)} ${unit}`;
  return `$${usd} / ${single.replace(/^1 (?=GiB|TiB|vCPU s|job)/, '')}`;
}

const BINARY = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

export function measure(quantity: number, unit: string): string {
  if (unit !== 'bytes' && unit !== 'byte months') return amount(quantity);
  const power = Math.max(0, Math.min(BINARY.length - 1, Math.floor(Math.log2(Math.max(1, quantity)) / 10)));
  const value = quantity / 2 ** (10 * power);
  return `${round(value)} ${BINARY[power]}${unit === 'byte months' ? ' months' : ''}`;
}

/** Three digits that count. */
export function amount(value: number): string {
  for (const [size, suffix] of [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e4, ' k'],
  ] as const) {
    if (value >= size) return `${round(suffix === ' k' ? value / 1e3 : value / size)}${suffix}`;
  }
  return round(value);
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
