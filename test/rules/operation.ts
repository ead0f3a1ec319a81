// What a row of the table does, in the JSON of the REST API, whichever client carries it.

export type Fields = Readonly<Record<string, object>>;
/** Path → fields. */
export type Seeds = Readonly<Record<string, Fields>>;

export type Write =
  | {
      readonly set: string;
      readonly fields: Fields;
      /** Without it the document is replaced. */
      readonly mask?: readonly string[];
      /** Fields that get the time of the server, or one more. */
      readonly now?: readonly string[];
      readonly increment?: readonly string[];
      readonly exists?: boolean;
    }
  | { readonly delete: string }
  | { readonly verify: string; readonly exists: boolean };

export type Operation =
  | { readonly kind: 'get'; readonly paths: readonly string[] }
  | { readonly kind: 'query' | 'count'; readonly parent: string; readonly query: object }
  | { readonly kind: 'collections'; readonly parent: string }
  | { readonly kind: 'commit'; readonly writes: readonly Write[] };

export const PROJECT = 'demo-rules';
export const DATABASE = `projects/${PROJECT}/databases/(default)`;
export const ROOT = `${DATABASE}/documents`;

export type MethodName =
  'BatchGetDocuments' | 'RunQuery' | 'RunAggregationQuery' | 'ListCollectionIds' | 'Commit';

export interface Request {
  readonly method: MethodName;
  /** Path of the REST call behind `/v1/`. */
  readonly url: string;
  /** All fields of the request; those that the path has too are in it as well. */
  readonly body: Readonly<Record<string, unknown>>;
}

export function toRequest(operation: Operation): Request {
  switch (operation.kind) {
    case 'get': {
      const documents = operation.paths.map((path) => `${ROOT}/${path}`);
      return {
        method: 'BatchGetDocuments',
        url: `${ROOT}:batchGet`,
        body: { database: DATABASE, documents },
      };
    }
    case 'query': {
      const parent = nameOf(operation.parent);
      return {
        method: 'RunQuery',
        url: `${parent}:runQuery`,
        body: { parent, structuredQuery: operation.query },
      };
    }
    case 'count': {
      const parent = nameOf(operation.parent);
      const structuredAggregationQuery = {
        structuredQuery: operation.query,
        aggregations: [{ count: {}, alias: 'n' }],
      };
      const body = { parent, structuredAggregationQuery };
      return { method: 'RunAggregationQuery', url: `${parent}:runAggregationQuery`, body };
    }
    case 'collections': {
      const parent = nameOf(operation.parent);
      return { method: 'ListCollectionIds', url: `${parent}:listCollectionIds`, body: { parent } };
    }
    case 'commit':
      return commitOf(operation.writes);
  }
}

export function seedsOf(seeds: Seeds): Request {
  return commitOf(Object.entries(seeds).map(([path, fields]) => ({ set: path, fields })));
}

function commitOf(writes: readonly Write[]): Request {
  const body = { database: DATABASE, writes: writes.map(toProto) };
  return { method: 'Commit', url: `${ROOT}:commit`, body };
}

function toProto(write: Write): object {
  if ('delete' in write) return { delete: `${ROOT}/${write.delete}` };
  if ('verify' in write)
    return { verify: `${ROOT}/${write.verify}`, currentDocument: { exists: write.exists } };
  const { set, fields, mask, now = [], increment = [], exists } = write;
  const updateTransforms = [
    ...now.map((fieldPath) => ({ fieldPath, setToServerValue: 'REQUEST_TIME' })),
    ...increment.map((fieldPath) => ({ fieldPath, increment: { integerValue: '1' } })),
  ];
  return {
    update: { name: `${ROOT}/${set}`, fields },
    ...(mask ? { updateMask: { fieldPaths: mask } } : {}),
    ...(updateTransforms.length > 0 ? { updateTransforms } : {}),
    ...(exists === undefined ? {} : { currentDocument: { exists } }),
  };
}

function nameOf(path: string): string {
  return path === '' ? ROOT : `${ROOT}/${path}`;
}
