// Writes all datasets into a folder. Jobs, insertIds and the streaming buffer's windows are left out.
import { writeFile } from 'node:fs/promises';
import { Catalog } from '../catalog.ts';
import type { Context } from '../context.ts';
import { quoteString } from '../schema.ts';
import { storageName } from '../storage.ts';
import { catalogFile, tableFiles } from './files.ts';

export async function writeExport({ catalog, storage }: Context, dir: string): Promise<void> {
  await storage.use(async (session) => {
    const json = catalog.dump();
    // Numbered by what is written: a table may expire meanwhile.
    for (const { table, file } of tableFiles(dir, new Catalog(() => 0).load(json)))
      await session.run(`COPY ${storageName(table.ref)} TO ${quoteString(file)} (FORMAT parquet)`);
    await writeFile(catalogFile(dir), json);
  });
}
