// Paging by the last name seen: a page stays right while items come and go.
import { invalidArgument } from '../shared/status.ts';
import type { RequestMessage } from './messages.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/** `items` in order of `key`. */
export function paginate<T>(
  items: readonly T[],
  key: (item: T) => string,
  { pageSize = 0, pageToken }: RequestMessage,
  maxPageSize: number,
): Page<T> {
  if (pageSize < 0) throw invalidArgument('pageSize must be a non-negative integer');
  const size = pageSize === 0 ? maxPageSize : Math.min(pageSize, maxPageSize);
  const after = pageToken ? Buffer.from(pageToken, 'base64url').toString() : undefined;
  const rest = after === undefined ? items : items.filter((item) => key(item) > after);
  const page = rest.slice(0, size);
  if (rest.length <= size) return { items: page };
  return { items: page, nextPageToken: Buffer.from(key(page.at(-1)!)).toString('base64url') };
}
