// The semantics of PATCH: what is named is set, null deletes, labels and tags are merged key by key.
import type { Metadata } from './catalog.ts';
import { isRecord, withoutNulls } from './request.ts';

const MERGED = ['labels', 'resourceTags', 'tableConstraints'];

export function mergeMetadata(old: Metadata, given: Metadata): Metadata {
  const merged: Record<string, unknown> = { ...old };
  for (const [key, value] of Object.entries(given)) {
    const before = merged[key];
    if (value === null) delete merged[key];
    else if (MERGED.includes(key) && isRecord(value))
      merged[key] = mergeMetadata(isRecord(before) ? before : {}, value);
    else merged[key] = withoutNulls(value);
  }
  return merged;
}
