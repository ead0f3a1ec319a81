// Writes databases to a directory: one JSON document a line, in the form of the REST API. The layout is
// described in FORMAT.md. Documents never change once stored, so holding them is a consistent snapshot while
// the lines are written and others go on writing.
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseDatabaseName } from '../names.ts';
import { toJson } from '../protocol/proto-json.ts';
import type { Database } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import { toProtoDocument } from '../store/document.ts';
import { databaseFile, DOCUMENTS, MANIFEST, toManifest } from './layout.ts';

/** Lines that are written at once: single ones would cost more in the stream than in their making. */
const BATCH = 500;

/** Replaces an export that is already in the directory, once the new one is complete. */
export async function exportDatabases(databases: readonly Database[], dir: string): Promise<void> {
  const taken = databases
    .filter(({ size }) => size > 0)
    .map((database) => ({ name: database.name, documents: [...database.documents()] }));
  const partial = path.join(dir, `.${DOCUMENTS}-${process.pid}`);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  for (const { name, documents } of taken) {
    const file = path.join(partial, databaseFile(parseDatabaseName(name)));
    await mkdir(path.dirname(file), { recursive: true });
    await pipeline(Readable.from(linesOf(name, documents)), createWriteStream(file));
  }
  await rm(path.join(dir, DOCUMENTS), { recursive: true, force: true });
  await rename(partial, path.join(dir, DOCUMENTS));
  await writeFile(path.join(dir, MANIFEST), toManifest(taken));
}

function* linesOf(database: string, documents: readonly Document[]): Generator<string> {
  for (let i = 0; i < documents.length; i += BATCH) {
    yield documents
      .slice(i, i + BATCH)
      .map((document) => `${JSON.stringify(toJson('Document', toProtoDocument(database, document)))}\n`)
      .join('');
  }
}
