// What the suite can be asked for, and what it is once it runs.
import type { BigQueryEmulator } from './bigquery/server.ts';
import type { Eventarc } from './eventarc/eventarc.ts';
import type { FirestoreEmulator } from './firestore/server.ts';
import type { FunctionsHost } from './functions/supervisor.ts';
import type { Hub } from './hub/hub.ts';
import type { Part, Ports } from './parts.ts';
import type { Faults } from './shared/faults.ts';
import type { OidcIssuer } from './shared/oidc.ts';
import type { TasksEmulator } from './tasks/server.ts';

export interface SuiteOptions {
  readonly project?: string;
  readonly region?: string;
  /** 0 picks a free port. */
  readonly ports?: Partial<Ports>;
  /** Added to every port that is not 0. */
  readonly portOffset?: number;
  /** The built functions; false for no functions host. */
  readonly functionsDir?: string | false;
  /** Where `.env*` and `.secret.local` of the functions lie. */
  readonly functionsEnvDir?: string;
  /** false for no queues from a file. */
  readonly queueYaml?: string | false;
  /** The security rules of Firestore; false for none, and then nobody but the owner may call it. */
  readonly firestoreRules?: string | false;
  /** The parts to start. The hub always runs: the functions verify their tokens with its keys. */
  readonly only?: readonly Part[];
  readonly log?: (line: string) => void;
  /** All output of the functions is appended here. */
  readonly functionsLogFile?: string;
  /** Variables for the functions, over those of this process and of the suite. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs when all but the functions are up: the place to provision tables. */
  readonly prepare?: (suite: Suite) => Promise<void>;
  /** BigQuery keeps its data in a file in this folder; in memory without it. */
  readonly dataDir?: string;
  /** An export of a suite, read before `prepare` runs. */
  readonly importDir?: string;
  readonly eventRetry?: { readonly minMs: number; readonly maxMs: number };
  /** At-least-once and unordered, made to happen. */
  readonly eventDisorder?: { readonly seed: number; readonly duplicates: number; readonly reorder: boolean };
  /** Told when an event that had failed is delivered after all, with the path of its document. */
  readonly onRedelivered?: (path: string) => void;
  /** `HOST:PORT` of a functions emulator of firebase-tools, for the triggers that it registers with Firestore. */
  readonly functionsEmulator?: string;
}

export interface Suite {
  readonly project: string;
  readonly region: string;
  readonly ports: Readonly<Ports>;
  /** What a client process needs in its environment to find the suite. */
  readonly env: Readonly<Record<string, string>>;
  readonly faults: Faults;
  /** Who signs the tokens of tasks, as Google does in production. */
  readonly issuer: OidcIssuer;
  /** Each throws when `only` left it out, or when it is asked for before it is up. */
  readonly firestore: FirestoreEmulator;
  readonly bigquery: BigQueryEmulator;
  readonly tasks: TasksEmulator;
  readonly functions: FunctionsHost;
  readonly hub: Hub;
  readonly eventarc: Eventarc;
  /** Values of the functions' secrets in this run. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Runs a scheduled function now; the status of its answer, undefined when there is none of that name. */
  runSchedule(name: string): Promise<number | undefined>;
  /** Resolves when no event is on its way to a function. */
  idle(): Promise<void>;
  /** Writes the data of the parts that can; resolves to their names. */
  exportTo(dir: string): Promise<string[]>;
  close(): Promise<void>;
}
