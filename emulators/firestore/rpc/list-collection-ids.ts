// ListCollectionIds: the collections right under a document or the root, by name.
import { parseParentName } from '../names.ts';
import type { ProtoConsistency } from '../protocol/messages.ts';
import type { Access } from '../rules/access.ts';
import type { Service } from '../service.ts';
import { compareStrings } from '../values/compare-strings.ts';
import { page, parsePageSize, parsePageToken } from './page.ts';
import { checkReadTime } from './read-state.ts';

interface ListCollectionIdsRequest extends Pick<ProtoConsistency, 'readTime'> {
  readonly parent?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

interface ListCollectionIdsResponse {
  readonly collectionIds: readonly string[];
  readonly nextPageToken?: string;
}

const MAX_PAGE_SIZE = 1000;

export function listCollectionIds(
  service: Service,
  request: ListCollectionIdsRequest,
  access: Access,
): ListCollectionIdsResponse {
  access.administer('ListCollectionIds');
  const parent = parseParentName(request.parent);
  const database = service.database(parent.database);
  const snapshot = database.snapshot(checkReadTime(database, request.readTime));
  const ids = database.treeIn(snapshot).collectionIds(parent.path).toSorted(compareStrings);
  const last = parsePageToken(request.pageToken);
  const rest = last === undefined ? ids : ids.filter((id) => compareStrings(id, last) > 0);
  const { items, ...next } = page(rest, parsePageSize(request.pageSize, MAX_PAGE_SIZE), (id) => id);
  return { collectionIds: items, ...next };
}
