// Firestore's documents by name, over REST: reads and conditional writes that callers ask for one by one travel
// together. A write has a condition, always: who read something else, or nothing, learns of a conflict and reads again.
import { isPlainObject } from '../pipelines/fields.ts';
import type { DocumentData } from '../pipelines/pipeline.ts';
import { ServiceError } from '../steps/service-error.ts';
import { createBatcher, Failed } from './batcher.ts';
import { property } from './client-error.ts';
import { fromJsonFields, toJsonFields } from './firestore-json.ts';
import { NoAnswer, type Answer, type GoogleApi } from './google-api.ts';
import { realTimers, type Timers } from './timers.ts';

export interface StoredDocument {
  readonly data: DocumentData;
  /** RFC 3339 UTC with microseconds. */
  readonly updateTime: string;
}

export interface DocumentWrite {
  /** Relative to the database: `users/u1`. */
  readonly path: string;
  readonly data: object;
  /** Only these fields are written, and none of the others is touched; all are replaced without it. */
  readonly fields?: readonly string[];
  /** A field that becomes the time of the write. */
  readonly serverTime?: string;
  /** The state that the document must be in: as of that update time, or not there at all. */
  readonly expected: { readonly updateTime: string } | 'missing';
}

export interface FirestoreDocuments {
  /** Throws a ServiceError. */
  get(path: string): Promise<StoredDocument | undefined>;
  /** `conflict`: the document is not in the expected state, and nothing was written. Throws a ServiceError. */
  write(write: DocumentWrite): Promise<'written' | 'conflict'>;
  /** In whatever state it is, or only as of that update time; one that is not there is no conflict. */
  remove(path: string, updateTime?: string): Promise<'written' | 'conflict'>;
  /** All of them or none, in one commit. */
  commit(writes: readonly DocumentWrite[]): Promise<'written' | 'conflict'>;
}

export interface FirestoreConfig {
  readonly project: string;
  readonly database: string;
}

// 500 writes and 10 MiB are Firestore's limits of a request.
const LIMITS = { maxItems: 500, maxBytes: 9_000_000, maxInFlight: 4, windowMs: 50, lingerMs: 2 };
/** As Google's own client does. Other than insertAll, these calls are safe to repeat: reads, and writes with a condition. */
const RETRIES = { pausesMs: [50, 250], isTransient };

/** https://cloud.google.com/apis/design/errors#handling_errors */
const GRPC_CODE = new Map(
  [
    'OK',
    'CANCELLED',
    'UNKNOWN',
    'INVALID_ARGUMENT',
    'DEADLINE_EXCEEDED',
    'NOT_FOUND',
    'ALREADY_EXISTS',
    'PERMISSION_DENIED',
    'RESOURCE_EXHAUSTED',
    'FAILED_PRECONDITION',
    'ABORTED',
    'OUT_OF_RANGE',
    'UNIMPLEMENTED',
    'INTERNAL',
    'UNAVAILABLE',
    'DATA_LOSS',
    'UNAUTHENTICATED',
  ].map((name, code) => [name, code]),
);
const INVALID_ARGUMENT = 3;
export const ABORTED = 10;
/** Others who write the same document at the same time: after so many, something else is wrong. */
export const MAX_CONFLICTS = 20;
/** NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION: the document is in another state. */
const CONFLICT = new Set([5, 6, 9]);
/** UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE. */
const TRANSIENT = new Set([2, 4, 8, 10, 13, 14]);

export function createFirestoreDocuments(
  api: GoogleApi,
  { project, database }: FirestoreConfig,
  timers: Timers = realTimers,
  batch: typeof createBatcher = createBatcher,
): FirestoreDocuments {
  const root = `projects/${project}/databases/${database}/documents`;
  const nameOf = (path: string) => `${root}/${path}`;

  async function call(operation: string, body: string): Promise<unknown> {
    const answer = await api.post(`/v1/${encodeURI(root)}:${operation}`, body).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) throw error;
      throw toServiceError(operation, { networkCode: error.networkCode });
    });
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw toServiceError(operation, { grpcCode: grpcCodeOf(answer), httpStatus: answer.status });
  }

  const read = batch<string, StoredDocument | undefined>(
    {
      ...LIMITS,
      ...RETRIES,
      bytesOf: (path) => Buffer.byteLength(path),
      keyOf: (path) => path,
      isRefusal,
      async send(paths) {
        const body = JSON.stringify({ documents: paths.map(nameOf) });
        const answers = await call('batchGet', body);
        const byName = new Map<unknown, StoredDocument | undefined>();
        for (const entry of Array.isArray(answers) ? answers : []) {
          const found = property(entry, 'found');
          if (found === undefined) byName.set(property(entry, 'missing'), undefined);
          else byName.set(property(found, 'name'), toStored(found));
        }
        return paths.map((path) => {
          const name = nameOf(path);
          if (!byName.has(name)) throw toServiceError('batchGet', {});
          return byName.get(name);
        });
      },
    },
    timers,
  );

  const writeBatched = batch<{ readonly path: string; readonly json: string }, 'written' | 'conflict'>(
    {
      ...LIMITS,
      ...RETRIES,
      bytesOf: ({ json }) => Buffer.byteLength(json),
      keyOf: ({ path }) => path,
      isRefusal,
      async send(writes) {
        const body = `{"writes":[${writes.map(({ json }) => json).join(',')}]}`;
        const answer = await call('batchWrite', body);
        const statuses = property(answer, 'status');
        if (!Array.isArray(statuses)) throw toServiceError('batchWrite', {});
        return statuses.map((status) => {
          if (!isPlainObject(status)) return new Failed(toServiceError('batchWrite', {}));
          const grpcCode = Number(status['code'] ?? 0);
          if (grpcCode === 0) return 'written';
          return CONFLICT.has(grpcCode) ? 'conflict' : new Failed(toServiceError('batchWrite', { grpcCode }));
        });
      },
    },
    timers,
  );

  const toJson = ({ path, data, fields, serverTime, expected }: DocumentWrite) =>
    JSON.stringify({
      update: { name: nameOf(path), fields: toJsonFields(data) },
      ...(fields ? { updateMask: { fieldPaths: fields } } : {}),
      ...(serverTime
        ? { updateTransforms: [{ fieldPath: serverTime, setToServerValue: 'REQUEST_TIME' }] }
        : {}),
      currentDocument: expected === 'missing' ? { exists: false } : { updateTime: expected.updateTime },
    });

  return {
    get: read,

    write: (one) => writeBatched({ path: one.path, json: toJson(one) }),

    remove(path, updateTime) {
      const currentDocument = updateTime === undefined ? {} : { currentDocument: { updateTime } };
      return writeBatched({ path, json: JSON.stringify({ delete: nameOf(path), ...currentDocument }) });
    },

    async commit(writes) {
      try {
        const answer = await call('commit', `{"writes":[${writes.map(toJson).join(',')}]}`);
        if (!Array.isArray(property(answer, 'writeResults'))) throw toServiceError('commit', {});
        return 'written';
      } catch (error) {
        if (error instanceof ServiceError && CONFLICT.has(error.details.grpcCode ?? 0)) return 'conflict';
        throw error;
      }
    },
  };
}

function toStored(document: unknown): StoredDocument {
  return {
    data: fromJsonFields(property(document, 'fields')),
    updateTime: toMicros(String(property(document, 'updateTime'))),
  };
}

/** Firestore leaves out trailing zeros of a fraction; here all times have six digits, and compare as text. */
function toMicros(rfc3339: string): string {
  const [seconds = '', fraction = ''] = rfc3339.replace('Z', '').split('.');
  return `${seconds}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}

function grpcCodeOf({ body }: Answer): number | undefined {
  const entry: unknown = Array.isArray(body) ? body[0] : body; // a stream's error comes as its first element
  return GRPC_CODE.get(String(property(property(entry, 'error'), 'status')));
}

interface Trouble {
  readonly grpcCode?: number | undefined;
  readonly httpStatus?: number;
  readonly networkCode?: string | undefined;
}

function toServiceError(operation: string, { grpcCode, httpStatus, networkCode }: Trouble): ServiceError {
  return new ServiceError({
    service: 'firestore',
    operation,
    ...(grpcCode === undefined ? {} : { grpcCode }),
    ...(grpcCode === undefined && httpStatus !== undefined ? { httpStatus } : {}),
    ...(networkCode === undefined ? {} : { networkCode }),
  });
}

function isRefusal(error: unknown): boolean {
  return error instanceof ServiceError && error.details.grpcCode === INVALID_ARGUMENT;
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  const { grpcCode, httpStatus, networkCode } = error.details;
  return networkCode !== undefined || TRANSIENT.has(grpcCode ?? 0) || (httpStatus ?? 0) >= 500;
}
