// Pages of long answers. A token says where the last page ended, so pages stay right while others write.

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

/** `items` are those after the token, in order; `keyOf` names the place of one. */
export function page<T>(items: Iterable<T>, size: number, keyOf: (item: T) => string): Page<T> {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length === size) {
      return { items: taken, nextPageToken: Buffer.from(keyOf(taken.at(-1)!)).toString('base64url') };
    }
    taken.push(item);
  }
  return { items: taken };
}

/** The key of the last item of the page before; undefined for the first page. */
export function parsePageToken(token: string | undefined): string | undefined {
  return token ? Buffer.from(token, 'base64url').toString() : undefined;
}

/** Older clients ask for 2^32 - 1, which arrives as -1 and has always meant as many as there may be. */
export function parsePageSize(size: number | undefined, most: number): number {
  return size !== undefined && size > 0 ? Math.min(size, most) : most;
}
