// The functions host, a process of its own: loads the built functions, serves them, and dies when they break it.
// Whoever started it (the supervisor, over an IPC channel) starts it again.
//   node emulators/functions/host.ts --dir dist --env-dir functions --port 5001
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { listen } from '../shared/http.ts';
import { discover } from './discover.ts';
import { readParamFiles, readSecretFile } from './env-files.ts';
import { createHostServer } from './host-server.ts';
import { loadModule } from './load-module.ts';
import { nameOutput } from './output.ts';
import { applyParamDefaults } from './params.ts';
import { resolveSecrets } from './secrets.ts';
import { StartError } from './start-error.ts';

/** Requests under way get this long to end after SIGTERM. */
const GRACE_MS = 1000;

const log = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string', default: 'dist' },
      'env-dir': { type: 'string', default: 'functions' },
      port: { type: 'string', default: '5001' },
    },
  });
  const envDir = values['env-dir'];
  const project = (process.env['GCLOUD_PROJECT'] ??= 'demo-local');
  const seed = process.env['EMULATOR_SECRET_SEED'] ?? randomBytes(32).toString('hex');
  delete process.env['EMULATOR_SECRET_SEED'];
  setUpEnvironment(project, envDir);
  nameOutput(process.stdout);
  nameOutput(process.stderr);

  const module = await loadModule(values.dir);
  applyParamDefaults(process.env);
  const functions = discover(module, process.env);
  const secretNames = [...functions.values()].flatMap(({ backends }) =>
    backends.flatMap((backend) => backend.secrets),
  );
  const sources = { env: process.env, file: readSecretFile(envDir), seed };
  Object.assign(process.env, resolveSecrets(secretNames, sources).values);

  const server = createHostServer({ project, functions, log });
  const port = await listen(server, Number(values.port));
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), GRACE_MS).unref();
  });
  process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole group; the supervisor decides
  process.on('disconnect', () => process.exit(0)); // nobody is left to serve
  process.send?.({ port });
}

/** What is already set wins over the files: it was given for this run. */
function setUpEnvironment(project: string, envDir: string): void {
  const { env } = process;
  const defaults: Record<string, string> = {
    ...readParamFiles(envDir, project),
    FUNCTIONS_EMULATOR: 'true',
    GOOGLE_CLOUD_PROJECT: project,
    FIREBASE_CONFIG: JSON.stringify({
      projectId: project,
      storageBucket: `${project}.appspot.com`,
      databaseURL: `https://${project}-default-rtdb.firebaseio.com`,
    }),
    METADATA_SERVER_DETECTION: 'none',
    TZ: 'UTC',
  };
  for (const [name, value] of Object.entries(defaults)) env[name] ??= value;
}

/** A reason in words, followed by the stack of what is behind it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error instanceof StartError ? error.message : (error.stack ?? error.message);
  return error.cause === undefined ? own : `${own}\n${describe(error.cause)}`;
}

main().catch((error: unknown) => {
  log(describe(error));
  process.exit(1);
});
