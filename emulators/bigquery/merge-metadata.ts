// The semantics of PATCH: what is named is set, null deletes, labels are merged key by key.
import type { Metadata } from './catalog.ts';
import { isRecord } from './request.ts';

export function mergeMetadata(old: Metadata, given: Metadata): Metadata {
  const merged: Record<string, unknown> = { ...old };
  for (const [key, value] of Object.entries(given)) {
    const before = merged[key];
    if (value === null) delete merged[key];
    else if (key === 'labels' && isRecord(value))
      merged[key] = mergeMetadata(isRecord(before) ? before : {}, value);
    else merged[key] = value;
  }
  return merged;
}
