// The exported function of a pipeline: called with each write of its documents, it lets through what is to be synced.
// The events are read here, and not by firebase-functions, which decodes each twice and loads a Firestore client to do
// so: it describes the function to a deployment, and takes the events that are no protobuf.
import type { Change, DocumentOptions, DocumentSnapshot } from 'firebase-functions/v2/firestore';
import { described, lazily, loadOnDocumentWritten } from './lazy-functions.ts';
import { toRfc3339 } from './pipelines/fields.ts';
import { tellsOfDeletions, type Pipeline } from './pipelines/pipeline.ts';
import { contentHash } from './steps/content-hash.ts';
import { deletionAfter } from './steps/deletion.ts';
import { createVersionReader, type WrittenDocument } from './steps/document-event.ts';
import { createGate } from './steps/gate.ts';
import { isToSync } from './steps/source.ts';
import { toSafeError } from './steps/unexpected-error.ts';

type DocumentFunction = ReturnType<ReturnType<typeof loadOnDocumentWritten>>;

/**
 * Event bodies that are worked on at once, in bytes; a decoded one takes several times as much. Others wait, and the
 * platform counts them as being handled.
 */
const MAX_BYTES_AT_ONCE = 32 * 1024 * 1024;
const gate = createGate(MAX_BYTES_AT_ONCE);

interface Domain {
  enter(): void;
  exit(): void;
}

/**
 * The functions framework runs each event in a domain of its own, and Node then ties every promise to it, at several
 * times the promise's cost. What happens here serves many events at once and belongs to none of their domains.
 */
function outsideOfDomain<T>(work: () => T): T {
  const domain: Domain | null | undefined = Reflect.get(process, 'domain');
  if (!domain) return work();
  domain.exit();
  try {
    return work();
  } finally {
    domain.enter();
  }
}

export function onWritten(
  pipeline: Pipeline,
  options: Omit<DocumentOptions, 'document'>,
  handle: (document: WrittenDocument) => Promise<unknown>,
): DocumentFunction {
  const readVersion = createVersionReader(pipeline);

  /** As few promises as can be: the functions framework follows each of them. */
  async function work(document: WrittenDocument, bytes: number): Promise<void> {
    const entered = gate.enter(bytes);
    if (entered) await entered;
    try {
      await handle(document);
    } catch (error) {
      throw toSafeError(error);
    } finally {
      gate.leave(bytes);
    }
  }

  const declare = lazily(() => {
    const onDocumentWritten = loadOnDocumentWritten();
    return onDocumentWritten({ ...options, document: pipeline.document }, (event) => {
      const written = event.data && versionIn(pipeline, event.data, event.time);
      return written && work(written, 0);
    });
  });

  const run = (event: Parameters<DocumentFunction>[0]) => {
    const body: unknown = event.data;
    if (!(body instanceof Uint8Array)) return declare()(event);
    const written = readVersion(body, event.time);
    return written && outsideOfDomain(() => work(written, body.length));
  };
  return described(run, declare);
}

/** What steps/document-event.ts says of bytes, said of snapshots. */
function versionIn(
  pipeline: Pipeline,
  { before, after }: Partial<Change<DocumentSnapshot>>,
  time: string,
): WrittenDocument | undefined {
  const [was, is] = [before?.data(), after?.data()];
  if (after?.updateTime && is) {
    if (!isToSync(pipeline, (name) => is[name])) return undefined;
    const isSynced = was && isToSync(pipeline, (name) => was[name]);
    if (isSynced && ('completed' in pipeline.when || contentHash(was) === contentHash(is))) return undefined;
    // Not event.document: ids that are not ASCII arrive garbled there (firebase-functions #1459).
    return { path: after.ref.path, data: is, updateTime: toRfc3339(after.updateTime) };
  }
  if (!before?.updateTime || !was || !tellsOfDeletions(pipeline)) return undefined;
  return {
    path: before.ref.path,
    data: undefined,
    deletion: deletionAfter(toRfc3339(before.updateTime), time),
  };
}
