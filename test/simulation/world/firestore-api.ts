// Firestore's REST API in virtual time: batchGet, batchWrite and commit, answered as the real one answers them.
import type { Answer, GoogleApi } from '../../../functions/services/google-api.ts';
import type { Send } from './call.ts';
import type { VirtualFirestore, WireWrite } from './firestore.ts';
import { ok, toAnswer, withoutZeros, type WireFields } from './wire.ts';

const ROOT = 'projects/p/databases/(default)/documents/';
const SERVICE = 'firestore';
/** Added to the data of a write, and taken off before it is stored: whose it is. */
export const WRITER = 'writerInTheSimulation';

export const FIRESTORE_CONFIG = { project: 'p', database: '(default)' };

export interface FirestoreApiWorld {
  readonly send: Send;
  /** A request with reads or writes of these paths arrived. */
  readonly arrived: (operation: string, paths: readonly string[]) => void;
  /** The caller is not told what became of the item of that path. `isFinal`: trying again is no use. */
  readonly failed: (path: string, isFinal: boolean) => void;
  /** Does a write in the name of who asked for it. */
  readonly as: (writer: string, write: () => void) => void;
  /** Why a write is not done for now, as a gRPC code; 0 when it is done. */
  readonly writeTrouble: () => number;
  /** Whether the request is refused for this write. */
  readonly refuses: (write: WireWrite) => boolean;
}

interface Write extends WireWrite {
  readonly writer: string;
}

export function createVirtualFirestoreApi(store: VirtualFirestore, world: FirestoreApiWorld): GoogleApi {
  const { send, failed } = world;

  function batchGet(body: string): Promise<Answer> {
    const operation = 'batchGet';
    const names = (JSON.parse(body) as { readonly documents: readonly string[] }).documents;
    world.arrived(operation, names.map(toPath));
    return send({
      service: SERVICE,
      operation,
      items: names,
      // In no order that was asked for.
      perform: () => ok(names.map((name) => read(name)).toReversed()),
      performSome: () => {},
      unreadable: (answer = ok(names.map((name) => read(name)))) => [
        undefined,
        {},
        (answer.body as readonly unknown[]).slice(1),
        (answer.body as readonly unknown[]).slice(0, -1),
      ],
      failed: (isFinal) => names.forEach((name) => failed(toPath(name), isFinal)),
    });
  }

  function read(name: string) {
    const readTime = '2026-01-01T00:00:00Z';
    const found = store.read(toPath(name));
    if (!found) return { missing: name, readTime };
    const updateTime = withoutZeros(found.updateTime);
    return { found: { name, fields: found.fields, createTime: updateTime, updateTime }, readTime };
  }

  function batchWrite(body: string): Promise<Answer> {
    const operation = 'batchWrite';
    const writes = readWrites(body);
    world.arrived(
      operation,
      writes.map(({ path }) => path),
    );
    const culprit = () => writes.find((write) => world.refuses(write));
    return send({
      service: SERVICE,
      operation,
      items: writes,
      perform() {
        const refused = culprit();
        if (refused) failed(refused.path, true);
        if (refused || new Set(writes.map(({ path }) => path)).size < writes.length) {
          return toAnswer({ service: SERVICE, operation, grpcCode: 3 });
        }
        const status = writes.map((write) => {
          const code = world.writeTrouble() || store.conflict(write);
          if (code === 10 || code === 14) failed(write.path, false);
          if (code === 0) world.as(write.writer, () => store.write(write));
          return code === 0 ? {} : { code, message: 'refused' };
        });
        return ok({ writeResults: status.map(() => ({})), status });
      },
      performSome(some) {
        if (culprit()) return;
        for (const write of some) {
          if (store.conflict(write) === 0) world.as(write.writer, () => store.write(write));
        }
      },
      unreadable: () => [
        undefined,
        {},
        { status: writes.slice(1).map(() => ({})) },
        { status: writes.map(() => null) },
        { status: [...writes, 'one more'].map(() => ({})) },
      ],
      failed: (isFinal) => writes.forEach(({ path }) => failed(path, isFinal)),
    });
  }

  function commit(body: string): Promise<Answer> {
    const operation = 'commit';
    const writes = readWrites(body);
    return send({
      service: SERVICE,
      operation,
      items: writes,
      perform() {
        const refused = writes.find((write) => world.refuses(write));
        if (refused) failed(refused.path, true);
        const grpcCode = refused ? 3 : Math.max(...writes.map((write) => store.conflict(write)));
        if (grpcCode > 0) return toAnswer({ service: SERVICE, operation, grpcCode });
        for (const write of writes) world.as(write.writer, () => store.write(write));
        return ok({ writeResults: writes.map(() => ({})) });
      },
      performSome: () => {},
      unreadable: () => [undefined, {}],
      failed: () => writes.forEach(({ path }) => failed(path, true)),
    });
  }

  return {
    post(path, body) {
      if (path.endsWith(':batchGet')) return batchGet(body);
      if (path.endsWith(':batchWrite')) return batchWrite(body);
      if (path.endsWith(':commit')) return commit(body);
      return Promise.reject(new Error('Cannot answer: an unknown call'));
    },
    get: () => Promise.reject(new Error('Cannot answer: documents are read by batchGet')),
    delete: () => Promise.reject(new Error('Cannot answer: documents are deleted by batchWrite')),
  };
}

function toPath(name: string): string {
  if (!name.startsWith(ROOT)) throw new Error('Cannot answer: another database');
  return name.slice(ROOT.length);
}

interface JsonWrite {
  readonly delete?: string;
  readonly update?: { readonly name: string; readonly fields: WireFields };
  readonly updateMask?: { readonly fieldPaths: readonly string[] };
  readonly updateTransforms?: readonly { readonly fieldPath: string; readonly setToServerValue: string }[];
  readonly currentDocument?: WireWrite['expected'];
}

function readWrites(body: string): readonly Write[] {
  const { writes } = JSON.parse(body) as { readonly writes: readonly JsonWrite[] };
  return writes.map(({ delete: deleted, update, updateMask, updateTransforms = [], currentDocument }) => {
    const { [WRITER]: writer, ...fields } = update?.fields ?? {};
    return {
      path: toPath(update?.name ?? deleted ?? ''),
      deletes: deleted !== undefined,
      fields,
      mask: updateMask?.fieldPaths,
      serverTimes: updateTransforms
        .filter(({ setToServerValue }) => setToServerValue === 'REQUEST_TIME')
        .map(({ fieldPath }) => fieldPath),
      expected: currentDocument,
      writer: String(writer?.['stringValue']),
    };
  });
}
