// Reads what `writeExport` wrote. Datasets of the same name are replaced, others stay.
import { readFile } from 'node:fs/promises';
import type { Context } from '../context.ts';
import { quoteString } from '../schema.ts';
import { catalogFile, tableFiles } from './files.ts';

export async function readExport({ catalog, storage }: Context, dir: string): Promise<void> {
  const json = await readFile(catalogFile(dir), 'utf8');
  await storage.change(async (session) => {
    const datasets = catalog.load(json);
    for (const { projectId, datasetId, tables } of datasets) {
      await storage.dropSchema(session, projectId, datasetId);
      await storage.createSchema(session, projectId, datasetId);
      for (const { kind, ref, fields } of tables.values())
        if (kind === 'TABLE') await storage.createTable(session, ref, fields);
    }
    for (const { table, file } of tableFiles(dir, datasets))
      await storage.createTable(
        session,
        table.ref,
        table.fields,
        `SELECT * FROM read_parquet(${quoteString(file)})`,
      );
  });
}
