// Exports of the suite: one folder with a folder for each part that can write its data, and a file that says so.
// An export replaces the folder as a whole or not at all, and never a folder that is something else.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Emulator } from './shared/emulator.ts';

const MANIFEST = 'suite-export.json';

const manifestSchema = z.object({ version: z.literal(1), parts: z.array(z.string()) });

/** What stands against reading the folder as an export, in words; undefined when it is one. */
export function findImportProblem(dir: string): string | undefined {
  if (!existsSync(dir)) return `"${dir}" does not exist`;
  if (!existsSync(path.join(dir, MANIFEST))) return `"${dir}" is no export of this suite (no ${MANIFEST})`;
  return readManifest(dir) ? undefined : `"${path.join(dir, MANIFEST)}" is of no known version`;
}

/** What stands against writing an export there, in words: it would replace something else. */
export function findExportProblem(dir: string): string | undefined {
  if (!existsSync(dir) || existsSync(path.join(dir, MANIFEST))) return undefined;
  try {
    return readdirSync(dir).length === 0 ? undefined : `"${dir}" holds something else than an export`;
  } catch {
    return `"${dir}" is no folder`;
  }
}

/** Data of parts that do not run now, or take no data, stays where it is. */
export async function importSnapshot(dir: string, parts: readonly Emulator[]): Promise<void> {
  const problem = findImportProblem(dir);
  if (problem !== undefined) throw new Error(`Cannot import: ${problem}`);
  const exported = readManifest(dir)?.parts ?? [];
  for (const part of parts) {
    if (exported.includes(part.name)) await part.importFrom?.(path.join(dir, part.name));
  }
}

/** Resolves to the names of the parts that were written. */
export async function exportSnapshot(dir: string, parts: readonly Emulator[]): Promise<string[]> {
  const problem = findExportProblem(dir);
  if (problem !== undefined) throw new Error(`Cannot export: ${problem}`);
  const fresh = `${path.resolve(dir)}.${process.pid}.new`;
  try {
    const written: string[] = [];
    for (const part of parts) {
      if (!part.exportTo) continue;
      const folder = path.join(fresh, part.name);
      await mkdir(folder, { recursive: true });
      await part.exportTo(folder);
      written.push(part.name);
    }
    await mkdir(fresh, { recursive: true });
    await writeFile(path.join(fresh, MANIFEST), `${JSON.stringify({ version: 1, parts: written })}\n`);
    await rm(dir, { recursive: true, force: true });
    await rename(fresh, path.resolve(dir));
    return written;
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}

function readManifest(dir: string): z.output<typeof manifestSchema> | undefined {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path.join(dir, MANIFEST), 'utf8')));
  } catch {
    return undefined;
  }
}
