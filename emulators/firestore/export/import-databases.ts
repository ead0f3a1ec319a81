// Reads what export-databases.ts wrote. Everything is read and checked before it is handed over, so an import
// that fails changes nothing.
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseDatabaseName, parseDocumentName } from '../names.ts';
import type { ProtoDocument } from '../protocol/messages.ts';
import type { Json } from '../protocol/proto-json.ts';
import { fromJson } from '../protocol/proto-json.ts';
import { fromProtoTime } from '../protocol/time.ts';
import { fromProtoFields } from '../protocol/values.ts';
import type { Document } from '../store/document.ts';
import type { Manifest } from './layout.ts';
import { databaseFile, DOCUMENTS, MANIFEST, parseManifest } from './layout.ts';

export interface ImportedDatabase {
  readonly name: string;
  readonly documents: readonly Document[];
}

/** Rejects with an error that names what is missing or wrong: the directory, the manifest, or a file and line. */
export async function readExport(dir: string): Promise<readonly ImportedDatabase[]> {
  const { databases } = await readManifest(dir);
  const imported: ImportedDatabase[] = [];
  for (const { name, documents: count } of databases) {
    const file = path.join(dir, DOCUMENTS, databaseFile(parseDatabaseName(name)));
    const documents = await readDocuments(file, name);
    if (documents.length !== count) {
      throw new Error(`Cannot import "${file}": it has ${documents.length} documents, want ${count}`);
    }
    imported.push({ name, documents });
  }
  return imported;
}

async function readManifest(dir: string): Promise<Manifest> {
  if (!existsSync(dir)) throw new Error(`Cannot import from "${dir}": the directory does not exist`);
  const file = path.join(dir, MANIFEST);
  if (!existsSync(file)) {
    throw new Error(
      `Cannot import from "${dir}": it holds no ${MANIFEST}, so it is no export of this emulator`,
    );
  }
  try {
    return parseManifest(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`Cannot import "${file}": it is not a manifest of version 1`, { cause: error });
  }
}

async function readDocuments(file: string, database: string): Promise<Document[]> {
  if (!existsSync(file)) throw new Error(`Cannot import "${file}": the file does not exist`);
  const documents: Document[] = [];
  let line = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      line++;
      if (text !== '') documents.push(toDocument(text, database));
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not an Error';
    throw new Error(`Cannot import "${file}", line ${line}: ${reason}`, { cause: error });
  }
  return documents;
}

function toDocument(text: string, database: string): Document {
  const proto = fromJson('Document', JSON.parse(text) as Json) as ProtoDocument;
  const name = parseDocumentName(proto.name);
  if (name.database !== database) throw new Error(`the document is in "${name.database}"`);
  if (!proto.createTime || !proto.updateTime) throw new Error('the document has no createTime or updateTime');
  return {
    path: Buffer.from(name.path).toString(),
    fields: fromProtoFields(proto.fields),
    createTime: fromProtoTime(proto.createTime),
    updateTime: fromProtoTime(proto.updateTime),
  };
}
