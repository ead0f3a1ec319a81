// What of a dataset resource is kept as the client gave it.
import type { HttpRequest } from '../shared/http.ts';
import type { Metadata } from './catalog.ts';
import { invalid } from './errors.ts';
import { recordOf } from './request.ts';
import type { Body } from './request.ts';

/** Of the resource, what the server sets itself. */
const OUTPUT_ONLY = new Set([
  'kind',
  'etag',
  'id',
  'selfLink',
  'datasetReference',
  'creationTime',
  'lastModifiedTime',
  'type',
]);

export function datasetMetadata(body: Body): Metadata {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !OUTPUT_ONLY.has(key)));
}

/** Only from this version on does a client know what a condition is. */
const CONDITIONS_SINCE = 3;

const knowsConditions = (request: HttpRequest) =>
  Number(request.query.get('accessPolicyVersion') ?? 1) >= CONDITIONS_SINCE;

/** Throws when access with a condition comes from a client that may not know of conditions. */
export function checkConditions({ access }: Metadata, request: HttpRequest): void {
  const entries: readonly unknown[] = Array.isArray(access) ? access : [];
  if (!knowsConditions(request) && entries.some((entry) => recordOf(entry)['condition'] !== undefined))
    throw invalid(
      `Specified access policy version does not support conditions: set accessPolicyVersion to ${CONDITIONS_SINCE}.`,
    );
}

/** The resource for a client: without conditions that it does not know. */
export function withoutConditions(resource: Body, request: HttpRequest): Body {
  const { access } = resource;
  if (knowsConditions(request) || !Array.isArray(access)) return resource;
  return { ...resource, access: access.map((entry) => ({ ...recordOf(entry), condition: undefined })) };
}
