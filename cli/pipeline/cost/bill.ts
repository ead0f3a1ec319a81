// From what is used to what is paid: each item at its price, after its free tier where that counts.
import type { Price, Prices } from './prices.ts';
import { PRICED, total, UNPRICED, type Cause, type Item, type PricedItem, type Use } from './use.ts';

export interface Line {
  readonly item: Item;
  readonly label: string;
  readonly unit: string;
  /** A month. */
  readonly quantity: number;
  /** Undefined for what is on no bill. */
  readonly price: Price | undefined;
  readonly usd: number;
}

export interface Bill {
  readonly lines: readonly Line[];
  readonly usdPerMonth: number;
  /** Before free tiers: they cannot be told from each other by cause. */
  readonly usdByCause: ReadonlyMap<Cause, number>;
}

export function toBill(all: readonly Use[], prices: Prices, freeTiers: boolean): Bill {
  const priced = PRICED.map((item): Line => {
    const price = prices.of[item];
    const quantity = total(all, item);
    const billed = freeTiers ? Math.max(0, quantity - price.freePerMonth) : quantity;
    return { item, label: price.label, unit: price.unit, quantity, price, usd: billed * price.usdPerUnit };
  });
  const unpriced = Object.entries(UNPRICED).map(([item, { label, unit }]): Line => {
    const quantity = total(all, item as Item);
    return { item: item as Item, label, unit, quantity, price: undefined, usd: 0 };
  });
  const usdByCause = new Map<Cause, number>();
  for (const { item, quantity, cause } of all) {
    if (!isPriced(item)) continue;
    usdByCause.set(cause, (usdByCause.get(cause) ?? 0) + quantity * prices.of[item].usdPerUnit);
  }
  const lines = [...priced, ...unpriced];
  return { lines, usdPerMonth: priced.reduce((sum, { usd }) => sum + usd, 0), usdByCause };
}

export function isPriced(item: Item): item is PricedItem {
  return !(item in UNPRICED);
}
