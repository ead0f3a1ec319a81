// Google's own analyzer of GoogleSQL, as a process of its own that is asked over gRPC. It comes with a package of 340 MB,
// which is installed here when it is missing, and is no part of the normal install. It reads no data.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import * as z from 'zod';
import { closeServer, listen } from '../../emulators/shared/http.ts';
import { catalogOf, typeOfParameter, type Catalog, type Column, type Type } from './catalog.ts';
import { LANGUAGE } from './language.ts';
import type { Recorded } from './recorder.ts';

/** There is no analyzer here: nothing was checked. */
export class NoAnalyzerError extends Error {}

export interface Analyzer {
  /** The columns of what the statement gives; none for one that changes something. Throws a RefusedError. */
  analyze(statement: Recorded, catalog: Catalog): Promise<readonly Column[]>;
  close(): void;
}

/** What the analyzer says of a statement that is no GoogleSQL. */
export class RefusedError extends Error {}

const DIR = path.join(import.meta.dirname, 'analyzer');
const FILES = path.join(DIR, 'node_modules', '@fivetrandevelopers', 'zetasql', 'lib', 'zetasql');
/** Written by npm when all is there. */
const INSTALLED = path.join(DIR, 'node_modules', '.package-lock.json');
const BINARIES: Readonly<Record<string, string>> = {
  'linux x64': 'remote_server.so',
  'linux arm64': 'remote_server_arm.so',
  'darwin x64': 'remote_server',
  'darwin arm64': 'remote_server_arm',
};
const INSTALL_MS = 300_000;
const START_MS = 30_000;
const ANSWER_MS = 30_000;

/** Throws a NoAnalyzerError where it cannot run, and says why. */
export async function startAnalyzer(log: (line: string) => void): Promise<Analyzer> {
  const platform = `${process.platform} ${process.arch}`;
  const binary = BINARIES[platform];
  if (binary === undefined) {
    throw new NoAnalyzerError(
      `There is no analyzer for ${platform}, only for ${Object.keys(BINARIES).join(', ')}.`,
    );
  }
  if (!existsSync(INSTALLED)) install(log);
  const port = await findPort();
  const server = spawn(path.join(FILES, binary), ['localhost', String(port)], { stdio: 'ignore' });
  const kill = () => void server.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<never>((_, reject) => {
    server.once('error', reject);
    server.once('exit', (code, signal) =>
      reject(new Error(`${binary} ended by itself (${signal ?? `exit code ${code}`}).`)),
    );
  });
  ended.catch(() => {}); // heard where it is waited for

  const client = new (readService())(`localhost:${port}`, grpc.credentials.createInsecure());
  const close = () => {
    process.off('exit', kill);
    client.close();
    kill();
  };
  const ready = new Promise<void>((resolve, reject) =>
    client.waitForReady(Date.now() + START_MS, (error) => (error ? reject(error) : resolve())),
  );
  await Promise.race([ready, ended]).catch((cause: unknown) => {
    close();
    throw new NoAnalyzerError(`${binary} does not run here.`, { cause });
  });
  return { analyze: (...what) => Promise.race([analyze(client, ...what), ended]), close };
}

function install(log: (line: string) => void): void {
  log('Installing the analyzer, 340 MB, into test/sql/analyzer/node_modules');
  const how = ['--ignore-scripts', '--loglevel=error', '--fetch-retries=1', '--fetch-timeout=60000'];
  const installed = spawnSync('npm', ['ci', '--prefix', DIR, ...how], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALL_MS,
  });
  if (installed.status !== 0) throw new NoAnalyzerError('The analyzer cannot be installed; see above.');
}

/** One that is free now. */
async function findPort(): Promise<number> {
  const server = http.createServer();
  const port = await listen(server, 0);
  await closeServer(server);
  return port;
}

interface Service extends grpc.Client {
  analyze(
    request: object,
    options: grpc.CallOptions,
    done: (error: grpc.ServiceError | null, answer: unknown) => void,
  ): void;
}

function readService(): new (address: string, credentials: grpc.ChannelCredentials) => Service {
  const definition = loadSync('local_service.proto', {
    includeDirs: [path.join(FILES, 'protos')],
    enums: String,
    longs: String,
  });
  const { zetasql } = grpc.loadPackageDefinition(definition) as unknown as {
    readonly zetasql: {
      readonly local_service: { readonly ZetaSqlLocalService: ReturnType<typeof readService> };
    };
  };
  return zetasql.local_service.ZetaSqlLocalService;
}

/** Of a query: what it gives. The types come back as they are sent. */
const answerSchema = z.object({
  resolvedStatement: z.object({
    resolvedQueryStmtNode: z
      .object({
        outputColumnList: z.array(
          z.object({ name: z.string(), column: z.object({ type: z.custom<Type>() }) }),
        ),
      })
      .optional(),
  }),
});

async function analyze(
  client: Service,
  { sql, parameters }: Recorded,
  catalog: Catalog,
): Promise<readonly Column[]> {
  const request = {
    sqlStatement: sql,
    simpleCatalog: catalogOf(catalog),
    options: {
      languageOptions: LANGUAGE,
      errorMessageMode: 'ERROR_MESSAGE_MULTI_LINE_WITH_CARET',
      defaultTimezone: 'UTC',
      queryParameters: parameters.map(({ name, parameterType }) => ({
        name,
        type: typeOfParameter(parameterType),
      })),
    },
  };
  const answer = await new Promise((resolve, reject) =>
    client.analyze(request, { deadline: Date.now() + ANSWER_MS }, (error, value) => {
      if (error?.code === grpc.status.INVALID_ARGUMENT) reject(new RefusedError(error.details));
      else if (error) reject(new Error(`The analyzer failed: ${error.details}`, { cause: error }));
      else resolve(value);
    }),
  );
  const columns = answerSchema.parse(answer).resolvedStatement.resolvedQueryStmtNode?.outputColumnList ?? [];
  const names = columns.map(({ name }) => name.toLowerCase());
  const twice = columns.find(({ name }, i) => names.indexOf(name.toLowerCase()) < i);
  // BigQuery's own rule, beyond the language.
  if (twice) throw new RefusedError(`Duplicate column name in the result: ${twice.name}`);
  return columns.map(({ name, column: { type } }) => ({ name, type }));
}
