// The price list: prices.json, checked when it is read. One region is the list, another is what differs from it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { DAYS_PER_MONTH } from './month.ts';
import { PRICED, type PricedItem } from './use.ts';

const price = z.object({
  label: z.string(),
  unit: z.string(),
  /** For `per` units. */
  usd: z.number().nonnegative(),
  per: z.number().positive(),
  freePerMonth: z.number().positive().optional(),
  freePerDay: z.number().positive().optional(),
  source: z.url(),
  /** What of the page it is, and whatever is to be known of the copy that was read. */
  seen: z.string(),
});

const REGIONS = ['us-central1', 'nam5'] as const;
export type Region = (typeof REGIONS)[number];

const list = z.object({
  compiled: z.iso.date(),
  note: z.string(),
  items: z.record(z.enum(PRICED), price),
  regions: z.record(z.enum(REGIONS), z.partialRecord(z.enum(PRICED), price.partial())),
});

export interface Price {
  readonly label: string;
  readonly unit: string;
  readonly usdPerUnit: number;
  /** As the list says it, e.g. 0.4 for 1,000,000. */
  readonly listed: { readonly usd: number; readonly per: number };
  readonly freePerMonth: number;
  readonly source: string;
  readonly seen: string;
}

export interface Prices {
  /** Day on which the list was put together, ISO 8601. */
  readonly compiled: string;
  readonly of: Readonly<Record<PricedItem, Price>>;
}

export const regions: readonly Region[] = REGIONS;

export function readPrices(region: Region, file = path.join(import.meta.dirname, 'prices.json')): Prices {
  const { compiled, items, regions: differing } = list.parse(JSON.parse(readFileSync(file, 'utf8')));
  const entries = PRICED.map((item): [PricedItem, Price] => {
    const { usd, per, freePerMonth, freePerDay, ...rest } = Object.assign(
      {},
      items[item],
      differing[region][item],
    );
    const free = freePerMonth ?? (freePerDay ?? 0) * DAYS_PER_MONTH;
    return [item, { ...rest, listed: { usd, per }, usdPerUnit: usd / per, freePerMonth: free }];
  });
  return { compiled, of: Object.fromEntries(entries) as Record<PricedItem, Price> };
}
