// All decisions about one request: what the rules get to see of it, and what they may read besides.
import { StatusError } from '../../shared/status.ts';
import { documentName, parseDatabaseName } from '../names.ts';
import type { Micros } from '../protocol/time.ts';
import { toProtoTime } from '../protocol/time.ts';
import type { Query } from '../query/query.ts';
import type { Database, Snapshot } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import { Timestamp } from '../values/value.ts';
import { decide } from './decide.ts';
import { pathOfName, toRulesMap } from './evaluation/convert.ts';
import type { Surroundings } from './evaluation/evaluate.ts';
import type { Reader } from './evaluation/functions.ts';
import type { RulesMap, RulesValue } from './evaluation/value.ts';
import { Path, RuleError } from './evaluation/value.ts';
import type { Method, Ruleset } from './language/syntax.ts';
import type { Target } from './match.ts';
import { queryParts } from './query-target.ts';

/** Documents that rules read by `get(…)` and the like, for one document and for one request. */
const MAX_READS = 10;
const MAX_READS_OF_REQUEST = 20;

interface Subject {
  readonly resource: RulesValue;
  /** What `request` has beside the fields that it always has. */
  readonly request: RulesMap;
}

export interface Circumstances {
  readonly ruleset: Ruleset;
  readonly database: Database;
  readonly snapshot: Snapshot;
  /** The documents that the request writes, as they will be. */
  readonly after: ReadonlyMap<string, Document | undefined>;
  readonly time: Micros;
  readonly auth: RulesValue;
  readonly debug: Surroundings['debug'];
}

export class Question {
  readonly dependencies = new Set<string>();
  readonly #circumstances: Circumstances;
  /** `/databases/d/documents`, with which all paths in rules begin. */
  readonly #prefix: readonly string[];
  readonly #readsOfRequest = new Set<string>();

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
    this.#prefix = ['databases', parseDatabaseName(circumstances.database.name).database, 'documents'];
  }

  document(method: Method, path: string, subject: Subject): void {
    this.dependencies.add(path);
    const name = pathOfName(documentName(this.#circumstances.database.name, path));
    this.#decide(method, name.segments, name, subject);
  }

  query(query: Query): void {
    for (const { target, collection, resource } of queryParts(query, this.#prefix)) {
      const limits = new Map<string, RulesValue>([
        ['limit', query.limit === undefined ? null : BigInt(query.limit)],
        ['offset', BigInt(query.offset)],
      ]);
      const path = collection && new Path(collection);
      this.#decide('list', target, path, { resource, request: new Map([['query', limits]]) });
    }
  }

  #decide(method: Method, target: Target, path: Path | undefined, { resource, request }: Subject): void {
    const { ruleset, time, auth, debug } = this.#circumstances;
    const { seconds, nanos } = toProtoTime(time);
    const reads = new Set<string>();
    const verdict = decide(ruleset, method, target, {
      globals: {
        resource,
        request: new Map<string, RulesValue>([
          ['auth', auth],
          ['method', method],
          ['time', new Timestamp(Number(seconds), nanos ?? 0)],
          ...(path ? [['path', path] as const] : []),
          ...request,
        ]),
      },
      read: (reader, wanted) => this.#read(reader, wanted, reads),
      debug,
    });
    if (!verdict.isAllowed) throw denied(verdict.reason);
  }

  /** A document that was read before counts once. */
  #read(reader: Reader, wanted: Path, reads: Set<string>): RulesValue {
    const path = this.#pathInDatabase(wanted);
    this.dependencies.add(path);
    const { database, snapshot, after } = this.#circumstances;
    const isAfter = reader === 'getAfter' || reader === 'existsAfter';
    const key = `${isAfter} ${path}`;
    reads.add(key);
    this.#readsOfRequest.add(key);
    if (reads.size > MAX_READS || this.#readsOfRequest.size > MAX_READS_OF_REQUEST) {
      throw new RuleError(
        `Rules read more than ${MAX_READS} documents for one document, or ${MAX_READS_OF_REQUEST} for a request`,
      );
    }
    const isWritten = isAfter && after.has(path);
    const document = isWritten ? after.get(path) : snapshot.get(path);
    if (reader === 'exists' || reader === 'existsAfter') return document !== undefined;
    // A document that this very commit deletes is null; one that is missing cannot be read.
    if (!document && !isWritten) throw new RuleError(`${reader}() of a document that does not exist`);
    return toResource(database.name, path, document);
  }

  #pathInDatabase({ segments }: Path): string {
    const isInDatabase = this.#prefix.every((segment, i) => segments[i] === segment);
    const own = segments.slice(this.#prefix.length);
    const isDocument =
      own.length > 0 && own.length % 2 === 0 && own.every((id) => id !== '' && !id.includes('/'));
    if (isInDatabase && isDocument) return own.join('/');
    throw new RuleError(
      'Rules read documents of their own database by their full path: /databases/…/documents/…',
    );
  }
}

/** `resource`; null when there is no document. */
export function toResource(database: string, path: string, document: Document | undefined): RulesValue {
  if (!document) return null;
  const name = pathOfName(documentName(database, path));
  return new Map<string, RulesValue>([
    ['data', toRulesMap(document.fields)],
    ['id', name.segments.at(-1)!],
    ['__name__', name],
  ]);
}

export function denied(reason: string): StatusError {
  return new StatusError('PERMISSION_DENIED', reason);
}
