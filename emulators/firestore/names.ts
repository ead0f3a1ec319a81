// Resource names: `projects/p/databases/d/documents/users/u1`. Inside the emulator a document is known by its
// path, the part after `documents/`; the part before is the name of its database.
import { invalidArgument } from '../shared/status.ts';

export interface DatabaseId {
  readonly project: string;
  readonly database: string;
}

export interface ResourceName {
  /** `projects/p/databases/d` */
  readonly database: string;
  /** `users/u1`; empty for the root of the database. */
  readonly path: string;
}

const DATABASE_NAME = /^projects\/([^/]+)\/databases\/([^/]+)$/;
const RESOURCE_NAME = /^(projects\/[^/]+\/databases\/[^/]+)\/documents(?:\/(.*))?$/s;
const MAX_ID_BYTES = 1500;

export function parseDatabaseName(name: string | undefined): DatabaseId {
  const match = DATABASE_NAME.exec(name ?? '');
  if (!match) throw invalidArgument(`Invalid database name "${name}": want "projects/{p}/databases/{d}"`);
  return { project: match[1]!, database: match[2]! };
}

/** The name of a document: an even number of segments after `documents`. */
export function parseDocumentName(name: string | undefined): ResourceName {
  const resource = parseParentName(name);
  if (resource.path === '') throw invalidArgument(`Document name "${name}" has no path after "documents"`);
  return resource;
}

/** The name of a document, or of the root `projects/p/databases/d/documents`. */
export function parseParentName(name: string | undefined): ResourceName {
  const match = RESOURCE_NAME.exec(name ?? '');
  if (!match) {
    throw invalidArgument(`Invalid document name "${name}": want "projects/{p}/databases/{d}/documents/..."`);
  }
  const path = match[2] ?? '';
  if (path === '' && match[2] === undefined) return { database: match[1]!, path };
  const segments = path.split('/');
  for (const segment of segments) checkId(segment, name!);
  if (segments.length % 2 !== 0) {
    throw invalidArgument(
      `Document name "${name}" lacks an id: want an even number of segments after "documents"`,
    );
  }
  return { database: match[1]!, path };
}

export function documentName(database: string, path: string): string {
  return `${database}/documents/${path}`;
}

/** https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields */
export function checkId(id: string, where: string): void {
  const illegal =
    id === '' ||
    id === '.' ||
    id === '..' ||
    id.includes('/') ||
    (/^__.*__$/s.test(id) && !/^__id-?\d+__$/.test(id)) ||
    (id.length > MAX_ID_BYTES / 3 && Buffer.byteLength(id) > MAX_ID_BYTES);
  if (illegal) {
    throw invalidArgument(
      `Resource id "${id.slice(0, 100)}" in "${where.slice(0, 200)}" is invalid: want 1 to ${MAX_ID_BYTES} bytes, ` +
        'no "/", not "." or "..", not of the form "__.*__"',
    );
  }
}

/** `users/u1/sessions` of `users/u1/sessions/s1` */
export function collectionOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** The last segment of a path. */
export function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `users/u1` of the collection `users/u1/sessions`; empty for a root collection. */
export function parentOfCollection(collection: string): string {
  return collection.slice(0, Math.max(0, collection.lastIndexOf('/')));
}

export function joinPath(parent: string, id: string): string {
  return parent === '' ? id : `${parent}/${id}`;
}
