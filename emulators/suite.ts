// The local suite: starts every part on loopback, wires them together, and closes them again.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { BigQueryEmulator } from './bigquery/server.ts';
import { clientEnv } from './client-env.ts';
import { connectFunctionsEmulator } from './eventarc/connect-functions-emulator.ts';
import { createEventarc } from './eventarc/eventarc.ts';
import { explainStart } from './explain-start.ts';
import type { FirestoreEmulator } from './firestore/server.ts';
import { isCalledByName } from './functions/backend.ts';
import type { ListedBackend } from './functions/backend.ts';
import { connect } from './functions/connect.ts';
import { post } from './functions/post.ts';
import { createScheduler } from './functions/scheduler.ts';
import { startFunctions } from './functions/supervisor.ts';
import type { FunctionsHost } from './functions/supervisor.ts';
import { startHub } from './hub/hub.ts';
import type { Hub } from './hub/hub.ts';
import { choosePorts, PARTS } from './parts.ts';
import type { Part } from './parts.ts';
import { Faults } from './shared/faults.ts';
import { LOOPBACK } from './shared/http.ts';
import { createOidcIssuer } from './shared/oidc.ts';
import { ShiftedClock } from './shared/shifted-clock.ts';
import { exportSnapshot, importSnapshot } from './snapshot.ts';
import type { Suite, SuiteOptions } from './suite-types.ts';
import { startTasks } from './tasks/server.ts';
import type { TasksEmulator } from './tasks/server.ts';

export { DEFAULT_PORTS, PARTS } from './parts.ts';
export type { Part } from './parts.ts';
export type { Suite, SuiteOptions } from './suite-types.ts';

/** Production waits 10 s to 600 s; on a laptop nobody should. */
export const LOCAL_EVENT_RETRY = { minMs: 200, maxMs: 5000 };
const EVENT_MAX_AGE_MS = 86_400_000;
const ROOT = path.join(import.meta.dirname, '..');

/** Rejects with a message for the person at the keyboard, and leaves nothing running. */
export async function startSuite(options: SuiteOptions = {}): Promise<Suite> {
  const project = options.project ?? 'demo-local';
  const region = options.region ?? 'asia-northeast1';
  const log = options.log ?? (() => undefined);
  const only = new Set<Part>([...(options.only ?? PARTS), 'hub']);
  if (options.functionsDir === false) only.delete('functions');
  const clock = new ShiftedClock();
  const faults = new Faults(() => clock.now());
  const issuer = createOidcIssuer();
  const ports = choosePorts(options.ports, options.portOffset);
  const eventarc = createEventarc({
    project,
    clock,
    faults,
    log,
    retryPolicy: { ...(options.eventRetry ?? LOCAL_EVENT_RETRY), maxAgeMs: EVENT_MAX_AGE_MS },
    ...(options.eventDisorder ? { disorder: options.eventDisorder } : {}),
    ...(options.onRedelivered ? { onRedelivered: options.onRedelivered } : {}),
  });
  const scheduler = createScheduler({ clock, faults, log, post });
  const running: {
    firestore?: FirestoreEmulator;
    registeredTriggers?: { close(): void };
    bigquery?: BigQueryEmulator;
    tasks?: TasksEmulator;
    functions?: FunctionsHost;
    hub?: Hub;
  } = {};

  async function close(): Promise<void> {
    scheduler.close();
    // The functions first: what they have under way may still need the others.
    await running.functions?.close();
    eventarc.close();
    running.registeredTriggers?.close();
    await Promise.all([
      running.tasks?.close(),
      running.firestore?.close(),
      running.bigquery?.close(),
      running.hub?.close(),
    ]);
  }

  const emulators = () =>
    [running.firestore, running.bigquery, running.tasks, running.functions].filter(
      (emulator) => emulator !== undefined,
    );

  function part<Name extends keyof typeof running>(name: Name): NonNullable<(typeof running)[Name]> {
    const found = running[name];
    if (!found) throw new Error(`Cannot use ${name}: it does not run in this suite`);
    return found;
  }

  const suite: Suite = {
    project,
    region,
    ports,
    faults,
    issuer,
    eventarc,
    get env() {
      return clientEnv(project, ports, only);
    },
    get firestore() {
      return part('firestore');
    },
    get bigquery() {
      return part('bigquery');
    },
    get tasks() {
      return part('tasks');
    },
    get functions() {
      return part('functions');
    },
    get hub() {
      return part('hub');
    },
    get secrets() {
      return running.functions?.secrets ?? {};
    },
    runSchedule: (name) => scheduler.run(name),
    idle: () => eventarc.idle(),
    exportTo: (dir) => exportSnapshot(dir, emulators()),
    close,
  };

  let prepared = false;
  let triggersEnabled = true;

  /** Makes events and schedules reach the functions, or none of them. */
  function attach(backends: readonly ListedBackend[]): void {
    if (!prepared) return;
    connect(triggersEnabled ? backends : [], eventarc, scheduler);
    for (const { trigger, ...backend } of backends) {
      if (trigger.kind === 'taskQueue') running.tasks?.addFunction({ ...backend, ...trigger });
    }
  }

  async function start<Started extends { readonly port: number }>(
    name: Part,
    run: (port: number) => Promise<Started>,
  ): Promise<Started | undefined> {
    if (!only.has(name)) return undefined;
    try {
      const started = await run(ports[name]);
      ports[name] = started.port;
      return started;
    } catch (error) {
      throw await explainStart(name, ports[name], error);
    }
  }

  try {
    const common = { clock, faults, log };
    const queueYaml = options.queueYaml ?? path.join(ROOT, 'queue.yaml');
    const starting = [
      start('firestore', async (port) => {
        const { startFirestore } = await import('./firestore/server.ts');
        const rules = rulesIn(options.firestoreRules ?? path.join(ROOT, 'firestore.rules'));
        running.firestore = await startFirestore({ ...common, port, project, ...rules });
        running.firestore.onChange((changes) => eventarc.publish(changes));
        const functionsEmulator = options.functionsEmulator ?? process.env['FUNCTIONS_EMULATOR_HOST'];
        if (functionsEmulator) {
          const connection = { functionsEmulator, clock, log };
          running.registeredTriggers = connectFunctionsEmulator(running.firestore, connection);
        }
        return running.firestore;
      }),
      start('bigquery', async (port) => {
        const { startBigQuery } = await import('./bigquery/server.ts');
        const dataFile = dataFileIn(options.dataDir);
        running.bigquery = await startBigQuery({ ...common, port, ...dataFile });
        return running.bigquery;
      }),
      start('tasks', async (port) => {
        running.tasks = await startTasks({
          ...common,
          port,
          project,
          location: region,
          issuer,
          resolveUrl: (url) => localFunctionUrl(url, project, ports.functions),
          ...(queueYaml !== false && existsSync(queueYaml) ? { queueYaml } : {}),
        });
        return running.tasks;
      }),
      start('hub', async (port) => {
        running.hub = await startHub({
          port,
          project,
          env: () => suite.env,
          faults,
          issuer,
          clock,
          emulators,
          async clear() {
            await Promise.all([
              running.tasks?.clear(),
              running.firestore?.clear(),
              running.bigquery?.clear(),
            ]);
            eventarc.clear();
          },
          pending: () => ({ tasks: running.tasks?.pendingCount() ?? 0, events: eventarc.pending() }),
          schedules: () => scheduler.names(),
          runSchedule: (name) => scheduler.run(name),
          async restartFunctions() {
            await running.functions?.restart();
            return running.functions?.pid;
          },
          enableTriggers(enabled) {
            triggersEnabled = enabled;
            if (running.functions) attach(running.functions.backends);
            return running.functions !== undefined;
          },
          isCalledOverHttp: (name) =>
            (running.functions?.backends ?? []).some(
              (backend) => backend.name === name && isCalledByName(backend),
            ),
          functionsUsage: async () => running.functions?.usage(),
        });
        return running.hub;
      }),
    ];
    await allOf(starting);
    if (options.importDir !== undefined) await importSnapshot(options.importDir, emulators());
    // The host loads the functions while tables are made, but no event reaches them before.
    const functions = start('functions', async (port) => {
      running.functions = await startFunctions({
        port,
        clock,
        log,
        project,
        dir: options.functionsDir || path.join(ROOT, 'dist'),
        envDir: options.functionsEnvDir ?? path.join(ROOT, 'functions'),
        env(chosen) {
          ports.functions = chosen;
          const certs = `http://${LOOPBACK}:${ports.hub}/oidc/certs`;
          return { ...clientEnv(project, ports, only), OIDC_CERTS_URL: certs, ...options.env };
        },
        onReady: attach,
        ...(options.functionsLogFile === undefined ? {} : { logFile: options.functionsLogFile }),
      });
      return running.functions;
    });
    await allOf([options.prepare?.(suite), functions]);
    prepared = true;
    if (running.functions) attach(running.functions.backends);
    return suite;
  } catch (error) {
    await close();
    throw error;
  }
}

function dataFileIn(dir: string | undefined): { dataFile?: string } {
  if (dir === undefined) return {};
  mkdirSync(dir, { recursive: true });
  return { dataFile: path.join(dir, 'bigquery.duckdb') };
}

/** A file that is not there leaves Firestore to its owner alone. */
function rulesIn(file: string | false): { rules?: { name: string; content: string } } {
  if (file === false || !existsSync(file)) return {};
  return { rules: { name: path.relative(process.cwd(), file), content: readFileSync(file, 'utf8') } };
}

/** Waits for all of them, also when one fails: only what has started can be closed. Throws the first error. */
async function allOf(starting: readonly unknown[]): Promise<void> {
  const results = await Promise.allSettled(starting);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/**
 * Tasks for the deployed functions of this project go to the local ones, so that the same code enqueues the same
 * url here and in the cloud, and a local run never calls a deployed function.
 */
function localFunctionUrl(url: string, project: string, port: number): string {
  const { hostname, pathname, search } = new URL(url);
  const suffix = `-${project}.cloudfunctions.net`;
  if (!hostname.endsWith(suffix)) return url;
  return `http://${LOOPBACK}:${port}/${project}/${hostname.slice(0, -suffix.length)}${pathname}${search}`;
}
