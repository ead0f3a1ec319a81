// Paging by the last name seen: a page stays right while items come and go.
import { ApiError } from './api-error.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/** `items` in order of `key`. */
export function paginate<T>(
  items: readonly T[],
  key: (item: T) => string,
  query: URLSearchParams,
  maxPageSize: number,
): Page<T> {
  const asked = Number(query.get('pageSize') ?? 0);
  if (!Number.isInteger(asked) || asked < 0) {
    throw new ApiError('INVALID_ARGUMENT', 'pageSize must be a non-negative integer');
  }
  const size = asked === 0 ? maxPageSize : Math.min(asked, maxPageSize);
  const token = query.get('pageToken');
  const after = token ? Buffer.from(token, 'base64url').toString() : undefined;
  const rest = after === undefined ? items : items.filter((item) => key(item) > after);
  const page = rest.slice(0, size);
  if (rest.length <= size) return { items: page };
  return { items: page, nextPageToken: Buffer.from(key(page.at(-1)!)).toString('base64url') };
}
