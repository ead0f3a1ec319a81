// Reads the rows of a table page by page, in the order they were stored.
import { etagOf, tableName } from '../catalog.ts';
import type { Method } from '../context.ts';
import { invalid } from '../errors.ts';
import { readable } from '../partitions-summary.ts';
import { pageOf, pageRequest, rangeOf, tableRefOf } from '../request.ts';
import { encodeRow, timestampFormat } from '../rows/encode-row.ts';
import { fieldExpression, selectFields } from '../rows/select-fields.ts';
import type { Field } from '../schema.ts';

/** A page holds at most this many rows when the client sets no limit. */
const MAX_PAGE = 100_000;

export const tabledataList: Method = {
  name: 'tabledata.list',
  verb: 'GET',
  path: '/projects/{project}/datasets/{dataset}/tables/{table}/data',
  async handle({ catalog, jobs, storage }, request) {
    const { query } = request;
    const format = timestampFormat(
      query.get('formatOptions.useInt64Timestamp'),
      query.get('formatOptions.timestampOutputFormat'),
    );
    const ref = tableRefOf(request);
    const page = pageRequest(query);
    const result = jobs.resultOf(ref);
    if (result) return reply(result.rows.length, pageOf(result.rows, page), result.fields);

    const { table, sql: source } = readable(catalog, ref);
    if (table.kind !== 'TABLE') throw invalid(`Cannot list a table of type ${table.kind}.`);
    const fields = selectFields(table.fields, query.get('selectedFields'));
    const columns = fields.map(fieldExpression).join(', ');
    return storage.use(async (session) => {
      const { rows: counted } = await session.run(`SELECT count(*) FROM ${source}`);
      const total = Number(counted[0]![0]);
      const { start, end, ...next } = rangeOf(total, { ...page, maxResults: page.maxResults ?? MAX_PAGE });
      const isEmpty = start >= end || fields.length === 0;
      const limit = `LIMIT ${end - start} OFFSET ${start}`;
      const rows = isEmpty ? [] : (await session.run(`SELECT ${columns} FROM ${source} ${limit}`)).rows;
      return reply(total, { ...next, items: rows }, fields);
    });

    function reply(
      totalRows: number,
      {
        items,
        nextPageToken,
      }: { readonly items: readonly (readonly unknown[])[]; readonly nextPageToken?: string },
      schema: readonly Field[],
    ) {
      return {
        body: {
          kind: 'bigquery#tableDataList',
          etag: etagOf(tableName(ref), totalRows),
          totalRows: String(totalRows),
          ...(nextPageToken ? { pageToken: nextPageToken } : {}),
          ...(items.length > 0 ? { rows: items.map((row) => encodeRow(row, schema, format)) } : {}),
        },
      };
    }
  },
};
