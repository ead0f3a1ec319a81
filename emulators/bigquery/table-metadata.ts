// What of a table resource is kept as the client gave it, brought into the form that the service returns.
import type { Metadata } from './catalog.ts';
import { invalid } from './errors.ts';
import { isRecord, recordOf, textOf } from './request.ts';
import type { Body } from './request.ts';
import type { Field } from './schema.ts';

/** Of the resource, what the server sets itself. */
const OUTPUT_ONLY = new Set([
  'kind',
  'etag',
  'id',
  'selfLink',
  'tableReference',
  'schema',
  'type',
  'creationTime',
  'lastModifiedTime',
  'numRows',
  'numBytes',
  'numLongTermBytes',
  'numTotalLogicalBytes',
  'numActiveLogicalBytes',
  'numLongTermLogicalBytes',
  'streamingBuffer',
  'location',
]);

export function settable(body: Body): Metadata {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !OUTPUT_ONLY.has(key)));
}

/** `given` are the fields that the request named; of a value that stands in two places they say which counts. */
export function tableMetadata(metadata: Metadata, given: Metadata, fields: readonly Field[]): Metadata {
  checkNames(metadata, fields);
  const { tableConstraints, timePartitioning, ...rest } = metadata;
  const partitioning: Body | undefined = isRecord(timePartitioning)
    ? { type: 'DAY', ...timePartitioning }
    : undefined;
  const required =
    given['requirePartitionFilter'] ?? recordOf(given['timePartitioning'])['requirePartitionFilter'];
  const filter = typeof required === 'boolean' ? { requirePartitionFilter: required } : {};
  const { expirationMs } = partitioning ?? {};
  if (expirationMs !== undefined && !(Number(expirationMs) > 0))
    throw invalid(`Invalid value for timePartitioning.expirationMs: ${JSON.stringify(expirationMs)}`);
  const constraints = withoutEmpty(recordOf(tableConstraints));
  return {
    ...rest,
    ...filter,
    ...(partitioning ? { timePartitioning: { ...partitioning, ...filter } } : {}),
    ...(Object.keys(constraints).length > 0 ? { tableConstraints: constraints } : {}),
  };
}

/** A key without columns is no key: clients send it to remove one. */
function withoutEmpty(constraints: Body): Body {
  const { primaryKey, foreignKeys } = constraints;
  const has = (value: unknown) => Array.isArray(value) && value.length > 0;
  return {
    ...(has(recordOf(primaryKey)['columns']) ? { primaryKey } : {}),
    ...(has(foreignKeys) ? { foreignKeys } : {}),
  };
}

function checkNames(metadata: Metadata, fields: readonly Field[]): void {
  const known = (name: unknown) =>
    fields.some((field) => field.name.toLowerCase() === String(name).toLowerCase());
  const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  for (const key of ['timePartitioning', 'rangePartitioning']) {
    const field = textOf(recordOf(metadata[key])['field']);
    if (field !== undefined && !known(field))
      throw invalid('The field specified for partitioning cannot be found in the schema.');
  }
  for (const name of listIn(recordOf(metadata['clustering'])['fields']))
    if (!known(name))
      throw invalid(
        `The field specified for clustering cannot be found in the schema. Invalid field: ${String(name)}.`,
      );
  const { primaryKey, foreignKeys } = recordOf(metadata['tableConstraints']);
  const keys = [
    ...listIn(recordOf(primaryKey)['columns']),
    ...listIn(foreignKeys).flatMap((key) =>
      listIn(recordOf(key)['columnReferences']).map((column) => recordOf(column)['referencingColumn']),
    ),
  ];
  for (const name of keys)
    if (!known(name)) throw invalid(`Column ${String(name)} of a key is not in the schema of the table.`);
}
