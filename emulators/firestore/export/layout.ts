// Where the files of an export lie, and its manifest.
import path from 'node:path';
import { z } from 'zod';
import type { DatabaseId } from '../names.ts';

export const MANIFEST = 'firestore-export.json';
/** The directory of the files with documents, inside that of the export. */
export const DOCUMENTS = 'firestore';

const FORMAT = 'firestore-documents-ndjson';
const VERSION = 1;

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  databases: z.array(z.object({ name: z.string(), documents: z.number() })),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Relative to the directory of documents. */
export function databaseFile({ project, database }: DatabaseId): string {
  return path.join(encodeURIComponent(project), `${encodeURIComponent(database)}.ndjson`);
}

export function toManifest(
  databases: readonly { readonly name: string; readonly documents: readonly unknown[] }[],
): string {
  const manifest: Manifest = {
    format: FORMAT,
    version: VERSION,
    databases: databases.map(({ name, documents }) => ({ name, documents: documents.length })),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Throws when it is not a manifest, or one of another version. */
export function parseManifest(text: string): Manifest {
  return manifestSchema.parse(JSON.parse(text));
}
