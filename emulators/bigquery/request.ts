// Reading requests: JSON bodies, paging parameters, page tokens.
import { ApiError, invalid } from './errors.ts';
import type { HttpRequest } from '../shared/http.ts';
import type { TableRef } from './catalog.ts';

export type Body = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const recordOf = (value: unknown): Body => (isRecord(value) ? value : {});
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A flag of a body or of a query string, where Python's client writes `True`. */
export const isTrue = (value: unknown): boolean =>
  value === true || (typeof value === 'string' && value.toLowerCase() === 'true');

/** The JSON object in the body; an empty body is an empty object. */
export function jsonBody(request: HttpRequest): Body {
  if (request.body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(request.body.toString('utf8'));
    if (isRecord(value)) return value;
  } catch (cause) {
    throw new ApiError(400, 'parseError', 'Parse Error', undefined, cause);
  }
  throw new ApiError(400, 'parseError', 'This API does not support parsing form-encoded input.');
}

/** Null is nothing, however deep it stands: clients in Java send every field that they know. */
export function withoutNulls(value: Body): Body;
export function withoutNulls(value: unknown): unknown;
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item));
  if (!isRecord(value)) return value;
  const set = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(set.map(([key, inner]) => [key, withoutNulls(inner)]));
}

export const projectOf = (request: HttpRequest) => request.params['project']!;
export const datasetOf = (request: HttpRequest) => request.params['dataset']!;

export function tableRefOf(request: HttpRequest): TableRef {
  return { projectId: projectOf(request), datasetId: datasetOf(request), tableId: request.params['table']! };
}

/** A `…Reference` object of a body, with the project of the request where it names none. */
export function tableRefIn(value: unknown, projectId: string): TableRef | undefined {
  const { projectId: project, datasetId, tableId } = recordOf(value);
  if (typeof datasetId !== 'string' || typeof tableId !== 'string') return undefined;
  return { projectId: typeof project === 'string' ? project : projectId, datasetId, tableId };
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

export interface PageRequest {
  readonly maxResults?: unknown;
  readonly pageToken?: unknown;
  readonly startIndex?: unknown;
}

/** One page of a list; the token is the position of the next item. */
export function pageOf<T>(items: readonly T[], request: PageRequest): Page<T> {
  const { start, end, ...next } = rangeOf(items.length, request);
  return { items: items.slice(start, end), ...next };
}

/** Which of so many items a page holds. */
export function rangeOf(
  total: number,
  { maxResults, pageToken, startIndex }: PageRequest,
): { readonly start: number; readonly end: number; readonly nextPageToken?: string } {
  const start = decodeToken(pageToken) ?? numberOf(startIndex) ?? 0;
  const size = numberOf(maxResults);
  const end = size === undefined ? total : Math.min(total, start + size);
  return end < total ? { start, end, nextPageToken: encodeToken(end) } : { start, end };
}

export function pageRequest(query: URLSearchParams): PageRequest {
  return {
    maxResults: query.get('maxResults'),
    pageToken: query.get('pageToken'),
    startIndex: query.get('startIndex'),
  };
}

export function numberOf(value: unknown): number | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw invalid(`Invalid value ${JSON.stringify(value)}`);
  return number;
}

const encodeToken = (position: number) => Buffer.from(`p${position}`).toString('base64url');

function decodeToken(token: unknown): number | undefined {
  if (typeof token !== 'string' || token === '') return undefined;
  const match = /^p(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!match) throw invalid('Invalid page token');
  return Number(match[1]);
}
