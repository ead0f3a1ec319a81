// The clients that ask the rows of the table: over REST, over gRPC, and within the process, where thousands of
// mutants of the rules can be asked in seconds.
import * as grpc from '@grpc/grpc-js';
import { fromJson } from '../../emulators/firestore/protocol/proto-json.ts';
import type { Json } from '../../emulators/firestore/protocol/proto-json.ts';
import { firestoreService } from '../../emulators/firestore/protocol/protos.ts';
import { authorize } from '../../emulators/firestore/authorize.ts';
import { streamMethods, unaryMethods } from '../../emulators/firestore/rpc/methods.ts';
import type { StreamMethod, UnaryMethod } from '../../emulators/firestore/rpc/methods.ts';
import { Service } from '../../emulators/firestore/service.ts';
import { systemClock } from '../../emulators/shared/clock.ts';
import { CODES, toStatusError } from '../../emulators/shared/status.ts';
import type { Request } from './operation.ts';
import { DATABASE, PROJECT, seedsOf, toRequest } from './operation.ts';
import type { Actor, Row } from './table.ts';

export interface Client {
  /** Puts these rules in force; throws when they do not compile. */
  load(rules: string): Promise<void>;
  /** What the rules say of the row. Any other error than a denial counts as allowed: the rules had no objection. */
  ask(row: Row): Promise<Row['expected']>;
  close(): void;
}

/** A token as the emulator of Firebase Authentication makes them: unsigned. */
export function authorizationOf({ claims }: Actor): string | undefined {
  if (!claims) return undefined;
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: `https://securetoken.google.com/${PROJECT}`,
    aud: PROJECT,
    iat: now,
    exp: now + 3600,
    ...claims,
  };
  const parts = [{ alg: 'none', type: 'JWT' }, payload];
  return `Bearer ${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
}

export function restClient(host: string): Client {
  const call = async (
    method: string,
    url: string,
    body?: unknown,
    authorization?: string,
  ): Promise<number> => {
    const response = await fetch(`http://${host}/${url}`, {
      method,
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 500) throw new Error(`HTTP ${response.status}: ${text}`);
    return response.status;
  };
  const send = ({ url, body }: Request, authorization: string | undefined): Promise<number> => {
    // What the path says already is no field of a REST body.
    const { database: _database, parent: _parent, ...rest } = body;
    return call('POST', `v1/${url}`, rest, authorization);
  };
  return {
    async load(rules) {
      const files = [{ name: 'firestore.rules', content: rules }];
      const status = await call('PUT', `emulator/v1/projects/${PROJECT}:securityRules`, { rules: { files } });
      if (status !== 200) throw new Error(`The rules were refused with HTTP ${status}`);
    },
    async ask({ actor, seeds, operation }) {
      await call('DELETE', `emulator/v1/${DATABASE}/documents`);
      if ((await send(seedsOf(seeds), 'Bearer owner')) !== 200) throw new Error('The seeds were refused');
      return (await send(toRequest(operation), authorizationOf(actor))) === 403 ? 'deny' : 'allow';
    },
    close: () => undefined,
  };
}

/** Rules and seeds come over REST, the rows over gRPC. */
export function grpcClient(host: string): Client {
  const rest = restClient(host);
  const client = new grpc.Client(host, grpc.credentials.createInsecure());
  return {
    load: (rules) => rest.load(rules),
    async ask(row) {
      // The REST client seeds, and asks as somebody who may not do anything.
      await rest.ask({
        ...row,
        actor: { name: 'nobody', claims: undefined },
        operation: { kind: 'collections', parent: '' },
      });
      const { method, body } = toRequest(row.operation);
      const { path, requestSerialize, responseStream } = firestoreService[method]!;
      const request = fromJson(`${method}Request`, body as Record<string, Json>);
      const metadata = new grpc.Metadata();
      const authorization = authorizationOf(row.actor);
      if (authorization) metadata.set('authorization', authorization);
      const code = await new Promise<number>((resolve) => {
        const keep = (bytes: Buffer): Buffer => bytes;
        const call = responseStream
          ? client
              .makeServerStreamRequest(path, requestSerialize, keep, request, metadata)
              .on('data', () => undefined)
          : client.makeUnaryRequest(path, requestSerialize, keep, request, metadata, () => undefined);
        call.on('status', (status: grpc.StatusObject) => resolve(status.code));
        call.on('error', () => undefined);
      });
      return code === CODES.PERMISSION_DENIED ? 'deny' : 'allow';
    },
    close: () => client.close(),
  };
}

/** The emulator's methods as its transports call them, without a socket. */
export function inProcessClient(): Client {
  const service = new Service(systemClock);
  const run = async ({ method, body }: Request, authorization: string | undefined): Promise<void> => {
    const access = authorize(service, authorization);
    const request = fromJson(`${method}Request`, body as Record<string, Json>);
    if (method in unaryMethods) {
      const unary: UnaryMethod = unaryMethods[method as keyof typeof unaryMethods];
      await unary(service, request, access);
      return;
    }
    const stream = streamMethods[method as keyof typeof streamMethods] as StreamMethod;
    for await (const answer of stream(service, request, access)) void answer;
  };
  return {
    load(rules) {
      const [issue] = service.rules.load(PROJECT, { name: 'firestore.rules', content: rules }, false);
      return issue ? Promise.reject(new Error(issue.description)) : Promise.resolve();
    },
    async ask({ actor, seeds, operation }) {
      service.clear(DATABASE);
      await run(seedsOf(seeds), 'Bearer owner');
      try {
        await run(toRequest(operation), authorizationOf(actor));
        return 'allow';
      } catch (error) {
        return toStatusError(error).status === 'PERMISSION_DENIED' ? 'deny' : 'allow';
      }
    },
    close: () => undefined,
  };
}
