// A process that is measured: started as Cloud Run functions starts a function, asked for its use of CPU and memory,
// stopped. What it prints goes to a file, of which the end is shown when something fails.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PROJECT } from './sessions.ts';
import { toJavaScript } from './to-javascript.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const FRAMEWORK = path.join(ROOT, 'node_modules/@google-cloud/functions-framework/build/src/main.js');
const PROBE = toJavaScript(path.join(import.meta.dirname, 'probe.ts'));
const START_LIMIT_MS = 30_000;

export interface Usage {
  /** User and system time of the process and of children that it has waited for; none of these functions has any. */
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly maxRssMb: number;
  /** What it read and wrote over sockets and files, its log included. */
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export interface MeasuredProcess {
  readonly pid: number;
  usage(): Promise<Usage>;
  /** The next message that the program sends by itself. */
  message(): Promise<unknown>;
  send(message: object): void;
  /** The end of what it printed, without what was well. */
  output(): string;
  stop(): Promise<void>;
}

export interface FunctionSource {
  /** A module of plain JavaScript. */
  readonly module: string;
  readonly target: string;
  readonly signature: 'cloudevent' | 'http';
  /** Node's own flags, e.g. `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface FunctionProcess extends MeasuredProcess {
  readonly url: string;
  /** Resolves when the port takes connections. */
  listening(): Promise<void>;
}

/** Does not wait until it listens: see `listening`. */
export async function startFunction(
  source: FunctionSource,
  env: Readonly<Record<string, string>>,
): Promise<FunctionProcess> {
  const port = await freePort();
  const process = startMeasured(
    [
      FRAMEWORK,
      `--source=${source.module}`,
      `--target=${source.target}`,
      `--signature-type=${source.signature}`,
      `--port=${port}`,
    ],
    { ...env, ...functionEnv(source, port), ...source.env },
    source.nodeFlags,
  );
  return { ...process, url: `http://127.0.0.1:${port}/`, listening: () => listening(port, process) };
}

/** What the platform and `firebase deploy` set, and what leads to the emulators. */
function functionEnv({ target, signature }: FunctionSource, port: number): Record<string, string> {
  return {
    PORT: String(port),
    FUNCTION_TARGET: target,
    FUNCTION_SIGNATURE_TYPE: signature,
    K_SERVICE: target.toLowerCase().replaceAll('_', '-'),
    K_REVISION: '1',
    NODE_ENV: 'production',
    LOG_EXECUTION_ID: 'true',
    FUNCTIONS_EMULATOR: 'true',
    FIREBASE_CONFIG: JSON.stringify({ projectId: PROJECT }),
    EVENTARC_CLOUD_EVENT_SOURCE: `projects/${PROJECT}/locations/asia-northeast1/services/${target}`,
    PSEUDONYMIZATION_SALT: 'bench'.padEnd(64, '0123456789abcdef'),
    TZ: 'UTC',
  };
}

export function startMeasured(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  nodeFlags: readonly string[] = [],
): MeasuredProcess {
  const dir = mkdtempSync(path.join(tmpdir(), 'bench-'));
  const logFile = path.join(dir, 'output.log');
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...nodeFlags, '--import', PROBE, ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', log, log, 'ipc'],
    serialization: 'advanced', // events are bytes
  });
  closeSync(log);
  const exited = once(child, 'exit');
  const output = () => {
    const lines = readFileSync(logFile, 'utf8').split('\n');
    return lines
      .filter((line) => !line.includes('"severity":"INFO"'))
      .slice(-20)
      .join('\n');
  };
  const message = async (): Promise<unknown> => {
    const received = once(child, 'message').then(([first]: unknown[]) => first);
    const ended = exited.then(([code]: unknown[]) => {
      throw new Error(`The measured process ended with code ${String(code)}:\n${output()}`);
    });
    return Promise.race([received, ended]);
  };
  return {
    pid: child.pid!,
    message,
    send: (sent) => void child.send(sent),
    output,
    async usage() {
      child.send('usage');
      // The cast is sound: the probe answers so.
      const answer = (await message()) as { cpuMs: number; rss: number; maxRss: number };
      return {
        cpuMs: answer.cpuMs + childrenCpuMs(child.pid!),
        rssMb: answer.rss / 2 ** 20,
        maxRssMb: answer.maxRss / 2 ** 20,
        ...ioBytes(child.pid!),
      };
    },
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(timer);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** cutime and cstime of /proc/PID/stat, in ticks of 10 ms. */
function childrenCpuMs(pid: number): number {
  const fields = readProc(pid, 'stat').split(') ')[1]?.split(' ') ?? [];
  return 10 * (Number(fields[13] ?? 0) + Number(fields[14] ?? 0));
}

function ioBytes(pid: number): Pick<Usage, 'readBytes' | 'writtenBytes'> {
  const text = readProc(pid, 'io');
  const read = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { readBytes: read('rchar'), writtenBytes: read('wchar') };
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // not Linux: the figure is left at 0
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function listening(port: number, process: MeasuredProcess): Promise<void> {
  const endAt = performance.now() + START_LIMIT_MS;
  while (!(await accepts(port))) {
    if (performance.now() > endAt) throw new Error(`The function does not listen:\n${process.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
