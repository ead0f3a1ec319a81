// What one caller may do: the methods ask before they hand anything out or change anything.
import { StatusError } from '../../shared/status.ts';
import { documentName, parseDatabaseName } from '../names.ts';
import { toProtoTime } from '../protocol/time.ts';
import type { Query } from '../query/query.ts';
import type { Database, Snapshot } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import { Timestamp } from '../values/value.ts';
import type { Micros } from '../protocol/time.ts';
import { writtenStates } from '../writes/written-states.ts';
import type { Write } from '../writes/write.ts';
import type { Caller } from './caller.ts';
import { pathOfName, toRulesMap } from './convert.ts';
import { decide } from './decide.ts';
import type { Surroundings } from './evaluate.ts';
import type { Reader } from './functions.ts';
import type { LoadedRules } from './loaded-rules.ts';
import { queryParts } from './query-target.ts';
import type { Method, Ruleset } from './syntax.ts';
import type { RulesMap, RulesValue } from './value.ts';
import { Path, RuleError } from './value.ts';

/** Paths of documents that a decision depends on: when one changes, it has to be made anew. */
export type Dependencies = ReadonlySet<string>;

/** Everything throws PERMISSION_DENIED when the caller may not do it. */
export interface Access {
  /** Reads documents by their names. */
  get(database: Database, snapshot: Snapshot, paths: readonly string[]): Dependencies;
  /** Runs a query, also to aggregate its result. */
  list(database: Database, snapshot: Snapshot, query: Query): Dependencies;
  /** Commits. */
  write(database: Database, writes: readonly Write[]): void;
  /** What is for servers only, whatever the rules say. */
  administer(what: string): void;
}

const NONE: Dependencies = new Set();

/** The owner is asked nothing, so rules cost server clients nothing. */
export const OWNER_ACCESS: Access = {
  get: () => NONE,
  list: () => NONE,
  write: () => undefined,
  administer: () => undefined,
};

/** Documents that rules read by `get(…)` and the like, for one document and for one request. */
const MAX_READS = 10;
const MAX_READS_OF_REQUEST = 20;

export function accessOf(caller: Caller, rules: LoadedRules): Access {
  return caller.kind === 'owner' ? OWNER_ACCESS : new ClientAccess(caller.auth, rules);
}

class ClientAccess implements Access {
  readonly #auth: RulesValue;
  readonly #rules: LoadedRules;

  constructor(auth: RulesValue, rules: LoadedRules) {
    this.#auth = auth;
    this.#rules = rules;
  }

  get(database: Database, snapshot: Snapshot, paths: readonly string[]): Dependencies {
    const question = this.#ask(database, snapshot);
    for (const path of paths) {
      question.document('get', path, {
        resource: toResource(database.name, path, snapshot.get(path)),
        request: new Map(),
      });
    }
    return question.dependencies;
  }

  list(database: Database, snapshot: Snapshot, query: Query): Dependencies {
    const question = this.#ask(database, snapshot);
    question.query(query);
    return question.dependencies;
  }

  /** The rules speak of what the commit makes of each document, however many writes that takes. */
  write(database: Database, writes: readonly Write[]): void {
    if (writes.length === 0) return;
    const time = database.clock.commitTime();
    const snapshot = database.snapshot();
    const states = writtenStates(database, writes, time);
    const after = new Map([...states].map(([path, state]) => [path, state.after]));
    const question = this.#ask(database, snapshot, after, time);
    for (const [path, state] of states) {
      const resource = toResource(database.name, path, state.before);
      if (state.isVerified) question.document('get', path, { resource, request: new Map() });
      if (!state.method) continue;
      const written = toResource(database.name, path, state.after);
      question.document(state.method, path, { resource, request: new Map([['resource', written]]) });
    }
  }

  administer(what: string): void {
    throw denied(`${what} is for server clients: send "authorization: Bearer owner"`);
  }

  #ask(
    database: Database,
    snapshot: Snapshot,
    after: ReadonlyMap<string, Document | undefined> = new Map(),
    time: Micros = snapshot.time,
  ): Question {
    const { project } = parseDatabaseName(database.name);
    const loaded = this.#rules.of(project);
    if (!loaded) {
      throw denied(
        'No security rules are loaded, so nobody but the owner may call: load rules, or send "authorization: ' +
          'Bearer owner", as the server client libraries do when FIRESTORE_EMULATOR_HOST is set.',
      );
    }
    const { ruleset, file } = loaded;
    if (!ruleset) throw denied(`The security rules of ${file.name} do not compile, so they allow nothing`);
    const { debug } = this.#rules;
    return new Question({ ruleset, database, snapshot, after, time, auth: this.#auth, debug });
  }
}

interface Subject {
  readonly resource: RulesValue;
  /** What `request` has beside the fields that it always has. */
  readonly request: RulesMap;
}

interface Circumstances {
  readonly ruleset: Ruleset;
  readonly database: Database;
  readonly snapshot: Snapshot;
  /** The documents that the request writes, as they will be. */
  readonly after: ReadonlyMap<string, Document | undefined>;
  readonly time: Micros;
  readonly auth: RulesValue;
  readonly debug: Surroundings['debug'];
}

/** All decisions about one request. */
class Question {
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

  #decide(
    method: Method,
    target: Parameters<typeof decide>[2],
    path: Path | undefined,
    { resource, request }: Subject,
  ): void {
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

function toResource(database: string, path: string, document: Document | undefined): RulesValue {
  if (!document) return null;
  const name = pathOfName(documentName(database, path));
  return new Map<string, RulesValue>([
    ['data', toRulesMap(document.fields)],
    ['id', name.segments.at(-1)!],
    ['__name__', name],
  ]);
}

function denied(reason: string): StatusError {
  return new StatusError('PERMISSION_DENIED', reason);
}
