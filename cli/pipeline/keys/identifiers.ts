// The identifiers that Firestore still holds, of whatever becomes a pseudonym in BigQuery. They are handed to who
// makes pseudonyms of them, and shown to nobody.
import type { CollectionReference, Firestore } from 'firebase-admin/firestore';
import type { Identifier, Pipeline } from '../../../functions/pipelines/pipeline.ts';
import { matchPath, paramOf, subjectsOf, type Owner } from '../../../functions/steps/source.ts';
import type { SyncedDocuments } from '../../../functions/services/synced-documents.ts';
import { pseudonymisedIn } from './pseudonymised.ts';

const PAGE = 300;

/**
 * Those of the path are found in the names of documents, down to the last parameter that is pseudonymised: also where
 * a document is gone and others below it are not. Those of fields are found in the documents, as they are
 * now. One read each. An identifier may come more than once.
 */
export async function* identifiersOf(
  firestore: Firestore,
  synced: SyncedDocuments,
  pipeline: Pipeline,
): AsyncGenerator<Identifier> {
  if (pseudonymisedIn(pipeline.fields).length > 0) yield* inDocuments(synced, pipeline);
  const pattern = pipeline.document.split('/');
  const last = pattern.findLastIndex((part) => isPseudonymised(pipeline, part));
  if (last === -1) return;
  const wanted = pattern.slice(0, last + 1);
  for await (const path of pathsLike(firestore, wanted)) {
    yield* inPath(pipeline, wanted.join('/'), path);
  }
}

/** All persons that Firestore knows by the names of documents, and documents that are erased by themselves. One read each. */
export async function* ownersIn(firestore: Firestore, pipeline: Pipeline): AsyncGenerator<Owner> {
  const pattern = pipeline.document.split('/');
  for (const subject of subjectsOf(pipeline)) {
    const param = paramOf(pipeline, subject) ?? '';
    const wanted = pattern.slice(0, pattern.indexOf(`{${param}}`) + 1);
    for await (const path of pathsLike(firestore, wanted)) {
      const id = matchPath(wanted.join('/'), path)?.[param];
      if (id !== undefined) yield { subject, id };
    }
  }
}

function isPseudonymised({ params }: Pipeline, part: string): boolean {
  return params[/^\{(\w+)\}$/.exec(part)?.[1] ?? '']?.action === 'pseudonymise';
}

async function* inDocuments(
  synced: SyncedDocuments,
  pipeline: Pipeline,
): AsyncGenerator<Identifier, void, void> {
  let after: string | undefined;
  for (;;) {
    const page = await synced.after(pipeline, after, PAGE);
    for (const { path, data } of page) {
      if (!matchPath(pipeline.document, path)) continue; // another collection of that name
      const reading = pipeline.read(data);
      if (reading.ok) yield* reading.identifiers;
    }
    after = page.at(-1)?.path;
    if (after === undefined || page.length < PAGE) return;
  }
}

function* inPath({ params }: Pipeline, pattern: string, path: string): Generator<Identifier> {
  for (const [name, text] of Object.entries(matchPath(pattern, path) ?? {})) {
    const policy = params[name];
    if (policy?.action !== 'pseudonymise') continue;
    const value = policy.read(text) ?? null;
    if (value !== null) yield { column: policy.column, kind: policy.kind.name, value };
  }
}

/** Paths of documents, also of those that are gone while others are below them. */
async function* pathsLike(
  firestore: Firestore,
  [collection, document, ...below]: readonly string[],
  parent?: FirebaseFirestore.DocumentReference,
): AsyncGenerator<string> {
  if (collection === undefined || document === undefined) return;
  const documents: CollectionReference = parent
    ? parent.collection(collection)
    : firestore.collection(collection);
  const found = document.startsWith('{') ? await documents.listDocuments() : [documents.doc(document)];
  for (const one of found) {
    if (below.length === 0) yield one.path;
    else yield* pathsLike(firestore, below, one);
  }
}

export async function connectFirestore(): Promise<Firestore> {
  const [{ getApps, initializeApp }, { getFirestore }] = await Promise.all([
    import('firebase-admin/app'),
    import('firebase-admin/firestore'),
  ]);
  return getFirestore(getApps()[0] ?? initializeApp());
}
