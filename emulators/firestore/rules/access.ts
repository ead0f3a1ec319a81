// What one caller may do: the methods ask before they hand anything out or change anything.
import { parseDatabaseName } from '../names.ts';
import type { Micros } from '../protocol/time.ts';
import type { Query } from '../query/query.ts';
import type { Database, Snapshot } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import type { Write } from '../writes/write.ts';
import { writtenStates } from '../writes/written-states.ts';
import type { Caller } from './caller.ts';
import type { RulesValue } from './evaluation/value.ts';
import type { LoadedRules } from './loaded-rules.ts';
import { denied, Question, toResource } from './question.ts';

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
