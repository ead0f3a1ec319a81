// Keeps the functions host alive: starts it, waits until it serves, starts it again when it dies, and tells
// whoever asked which functions there are.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Clock } from '../shared/clock.ts';
import type { Emulator } from '../shared/emulator.ts';
import { closeServer, listen, LOOPBACK } from '../shared/http.ts';
import { findUnserved } from './backend.ts';
import type { ListedBackend } from './backend.ts';
import { readSecretFile } from './env-files.ts';
import type { Values } from './env-files.ts';
import { resolveSecrets } from './secrets.ts';
import type { FunctionUsage, ProcessUsage } from './usage.ts';

export interface SupervisorOptions {
  readonly port: number;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly project: string;
  /** The built functions. */
  readonly dir: string;
  /** Where `.env*` and `.secret.local` lie. */
  readonly envDir: string;
  /** Variables for the functions, over those of this process. */
  readonly env: (port: number) => Readonly<Record<string, string>>;
  /** All output of the host is appended here too. */
  readonly logFile?: string;
  /** Told each time the host serves (again). */
  readonly onReady: (backends: readonly ListedBackend[]) => void;
}

export interface FunctionsHost extends Emulator {
  readonly name: 'functions';
  /** Undefined while it is being restarted. */
  readonly pid: number | undefined;
  readonly backends: readonly ListedBackend[];
  /** Values of the secrets that the functions ask for, made up ones included. */
  readonly secrets: Readonly<Values>;
  /** Memory of the host and of each function, with its calls; undefined while the host is away. */
  usage(): Promise<HostUsage | undefined>;
  /** Resolves when the new process serves. */
  restart(): Promise<void>;
  /** Resolves when a host serves: at once, or after the restart that is under way. */
  ready(): Promise<void>;
}

export interface HostUsage {
  readonly process: ProcessUsage;
  readonly functions: Readonly<Record<string, FunctionUsage & { readonly availableMemoryMb: number }>>;
}

interface Listing {
  readonly process: ProcessUsage;
  readonly backends: readonly ListedBackend[];
}

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5000;
const KILL_AFTER_MS = 3000;
const LAST_LINES = 20;
const HOST = path.join(import.meta.dirname, 'host.ts');

/** Rejects, with what the host said, when it cannot load the functions. */
export async function startFunctions(options: SupervisorOptions): Promise<FunctionsHost> {
  const { clock, log } = options;
  const port = await reservePort(options.port);
  const seed = randomBytes(32).toString('hex');
  const env = hostEnvironment(options, port, seed);
  const logFile =
    options.logFile === undefined ? undefined : createWriteStream(options.logFile, { flags: 'a' });

  let child: ChildProcess | undefined;
  let backends: readonly ListedBackend[] = [];
  let secrets: Values = {};
  let unserved: readonly string[] = [];
  let failures = 0;
  let stopping = false;
  let cancelRestart: (() => void) | undefined;
  let serving = false;
  let waiters: { resolve: () => void; reject: (error: Error) => void }[] = [];

  function wake(act: (waiter: (typeof waiters)[number]) => void): void {
    const woken = waiters;
    waiters = [];
    woken.forEach(act);
  }

  async function list(): Promise<Listing> {
    const response = await fetch(`http://${LOOPBACK}:${port}/backends`);
    return (await response.json()) as Listing;
  }

  async function start(): Promise<void> {
    const args = [HOST, '--dir', options.dir, '--env-dir', options.envDir, '--port', String(port)];
    const started = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child = started;
    const lines: string[] = [];
    const read = (line: string) => {
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
      logFile?.write(`${line}\n`);
      log(`functions: ${line}`);
    };
    for (const stream of [started.stdout!, started.stderr!]) createInterface(stream).on('line', read);
    started.on('exit', (code, signal) => onExit(started, signal ?? `code ${code}`));

    const ready = await Promise.race([
      once(started, 'message').then(() => true),
      once(started, 'close').then(() => false),
    ]);
    if (!ready) throw new Error(`Cannot start the functions host:\n${lines.join('\n')}`);
    ({ backends } = await list());
    secrets = reportSecrets(options, backends, seed, env, Object.keys(secrets));
    unserved = reportUnserved(options, backends, unserved);
    failures = 0;
    options.onReady(backends);
    serving = true;
    wake(({ resolve }) => resolve());
  }

  function onExit(exited: ChildProcess, how: string): void {
    if (child !== exited) return;
    child = undefined;
    serving = false;
    if (stopping || backends.length === 0) return;
    const delayMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** failures++);
    log(`functions: the host ended (${how}); it starts again in ${delayMs} ms`);
    cancelRestart = clock.after(delayMs, () => {
      // What the host said is in the log already, and its exit plans the next start.
      start().catch(() => log('functions: the host did not start'));
    });
  }

  async function stopChild(): Promise<void> {
    cancelRestart?.();
    const running = child;
    child = undefined;
    serving = false;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill('SIGTERM');
    const killer = setTimeout(() => running.kill('SIGKILL'), KILL_AFTER_MS);
    await exited;
    clearTimeout(killer);
  }

  try {
    await start();
  } catch (error) {
    stopping = true;
    await stopChild();
    logFile?.end();
    throw error;
  }

  return {
    name: 'functions',
    host: LOOPBACK,
    port,
    get pid() {
      return child?.pid;
    },
    get backends() {
      return backends;
    },
    get secrets() {
      return secrets;
    },
    ready: () =>
      serving
        ? Promise.resolve()
        : new Promise((resolve, reject) => {
            waiters.push({ resolve, reject });
          }),
    async usage() {
      const listing = serving ? await list().catch(() => undefined) : undefined;
      return listing && { process: listing.process, functions: usageByKey(listing.backends) };
    },
    async restart() {
      await stopChild();
      await start();
    },
    clear: async () => undefined,
    async close() {
      stopping = true;
      await stopChild();
      wake(({ reject }) => reject(new Error('The functions host was stopped')));
      logFile?.end();
    },
  };
}

function usageByKey(backends: readonly ListedBackend[]): HostUsage['functions'] {
  return Object.fromEntries(
    backends.map(({ region, name, usage, availableMemoryMb }) => [
      `${region}/${name}`,
      { ...usage, availableMemoryMb },
    ]),
  );
}

function hostEnvironment(options: SupervisorOptions, port: number, seed: string): NodeJS.ProcessEnv {
  // Whatever goes wrong, the functions of a local run must not reach a real project.
  const { GOOGLE_APPLICATION_CREDENTIALS: _, ...inherited } = process.env;
  return {
    ...inherited,
    ...options.env(port),
    GCLOUD_PROJECT: options.project,
    GOOGLE_CLOUD_PROJECT: options.project,
    TZ: 'UTC', // as in the cloud
    EMULATOR_SECRET_SEED: seed,
  };
}

function reportSecrets(
  options: SupervisorOptions,
  backends: readonly ListedBackend[],
  seed: string,
  env: NodeJS.ProcessEnv,
  known: readonly string[],
): Values {
  const names = backends.flatMap((backend) => backend.secrets);
  const { values, generated } = resolveSecrets(names, { env, file: readSecretFile(options.envDir), seed });
  const news = generated.filter((name) => !known.includes(name));
  if (news.length > 0) {
    options.log(`functions: no value in .secret.local for ${news.join(', ')}: a random one serves this run`);
  }
  return values;
}

/** Says which functions nothing calls here, each once. Returns what is known now. */
function reportUnserved(
  options: SupervisorOptions,
  backends: readonly ListedBackend[],
  known: readonly string[],
): string[] {
  const lines = backends.flatMap((backend) => {
    const reason = findUnserved(backend);
    return reason === undefined ? [] : [`functions: ${backend.name} is not served: ${reason}`];
  });
  for (const line of lines) if (!known.includes(line)) options.log(line);
  return lines;
}

/** A free port for 0; the same one otherwise, or EADDRINUSE before any process is started. */
async function reservePort(wanted: number): Promise<number> {
  const server = http.createServer();
  const port = await listen(server, wanted);
  await closeServer(server);
  return port;
}
