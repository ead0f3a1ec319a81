// A sorted list in chunks: finding, adding and removing cost a binary search and a move within one chunk.

/** True for the items before a place in the list and false for those after it. */
export type Cut<T> = (item: T) => boolean;

const MAX_CHUNK = 512;

interface Position {
  readonly chunk: number;
  readonly offset: number;
}

export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  #chunks: T[][] = [];
  #size = 0;

  /** `items` need not be sorted. */
  constructor(compare: (a: T, b: T) => number, items: Iterable<T> = []) {
    this.#compare = compare;
    const sorted = [...items].toSorted(compare);
    this.#size = sorted.length;
    for (let i = 0; i < sorted.length; i += MAX_CHUNK / 2)
      this.#chunks.push(sorted.slice(i, i + MAX_CHUNK / 2));
  }

  get size(): number {
    return this.#size;
  }

  add(item: T): void {
    const { chunk, offset } = this.#find((other) => this.#compare(other, item) < 0);
    this.#size++;
    // Where the place is the start of a chunk, the chunk before may take the item at its end; this keeps
    // the chunks full when items arrive in order.
    const index = offset === 0 && chunk > 0 ? chunk - 1 : chunk;
    const items = this.#chunks[index];
    if (!items) {
      this.#chunks.push([item]);
      return;
    }
    if (index === chunk) items.splice(offset, 0, item);
    else items.push(item);
    if (items.length > MAX_CHUNK) this.#chunks.splice(index + 1, 0, items.splice(MAX_CHUNK / 2));
  }

  delete(item: T): boolean {
    const { chunk, offset } = this.#find((other) => this.#compare(other, item) < 0);
    const items = this.#chunks[chunk];
    if (!items || this.#compare(items[offset]!, item) !== 0) return false;
    items.splice(offset, 1);
    if (items.length === 0) this.#chunks.splice(chunk, 1);
    this.#size--;
    return true;
  }

  replace(before: T, after: T): void {
    if (this.#compare(before, after) === 0) {
      const { chunk, offset } = this.#find((other) => this.#compare(other, before) < 0);
      this.#chunks[chunk]![offset] = after;
    } else {
      this.delete(before);
      this.add(after);
    }
  }

  /** The items between two cuts, in order. The list must not change while it is walked. */
  *walk(from: Cut<T> = () => false, to: Cut<T> = () => true): Generator<T> {
    const start = this.#find(from);
    const end = this.#find(to);
    for (let c = start.chunk; c <= end.chunk && c < this.#chunks.length; c++) {
      const items = this.#chunks[c]!;
      const first = c === start.chunk ? start.offset : 0;
      const last = c === end.chunk ? end.offset : items.length;
      for (let i = first; i < last; i++) yield items[i]!;
    }
  }

  /** As `walk`, from the last to the first. */
  *walkBack(from: Cut<T> = () => false, to: Cut<T> = () => true): Generator<T> {
    const start = this.#find(from);
    const end = this.#find(to);
    for (let c = Math.min(end.chunk, this.#chunks.length - 1); c >= start.chunk; c--) {
      const items = this.#chunks[c]!;
      const first = c === start.chunk ? start.offset : 0;
      const last = c === end.chunk ? end.offset : items.length;
      for (let i = last - 1; i >= first; i--) yield items[i]!;
    }
  }

  /** How many items lie between two cuts; right for a few, an estimate for many. */
  estimate(from: Cut<T>, to: Cut<T>): number {
    const start = this.#find(from);
    const end = this.#find(to);
    const averageChunk = this.#size / Math.max(1, this.#chunks.length);
    return Math.max(0, (end.chunk - start.chunk) * averageChunk + end.offset - start.offset);
  }

  /** The first position behind the cut: the start of a chunk or inside one; past the end of all, a chunk that is not there. */
  #find(cut: Cut<T>): Position {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cut(this.#chunks[middle]!.at(-1)!)) low = middle + 1;
      else high = middle;
    }
    const chunk = low;
    const items = this.#chunks[chunk] ?? [];
    low = 0;
    high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cut(items[middle]!)) low = middle + 1;
      else high = middle;
    }
    return { chunk, offset: low };
  }
}
