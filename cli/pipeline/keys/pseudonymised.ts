// Which columns of which tables hold pseudonyms, by the policies of the pipelines.
import type { Pipeline } from '../../../functions/pipelines/pipeline.ts';
import type { ColumnPolicy, PolicyTree } from '../../../functions/pipelines/policy.ts';

export interface PseudonymisedColumn {
  readonly name: string;
  /** A cell holds several pseudonyms. */
  readonly repeated: boolean;
}

export interface PseudonymisedTable {
  readonly name: string;
  /** None when nothing in it is pseudonymised: its rows name a version all the same. */
  readonly columns: readonly PseudonymisedColumn[];
  /** Records that hold pseudonyms: no statement here reaches into them. */
  readonly records: readonly string[];
}

/** Pipelines may share a table. */
export function tablesOf(pipelines: Iterable<Pipeline>): readonly PseudonymisedTable[] {
  const tables = new Map<string, Map<string, PseudonymisedColumn>>();
  const records = new Map<string, readonly string[]>();
  for (const { table, params, fields } of pipelines) {
    const columns = tables.get(table) ?? new Map<string, PseudonymisedColumn>();
    for (const { column: name, repeated } of [...pseudonymisedIn(params), ...pseudonymisedIn(fields)]) {
      columns.set(name, { name, repeated });
    }
    tables.set(table, columns);
    records.set(table, [...(records.get(table) ?? []), ...recordsIn(fields)]);
  }
  return [...tables].map(([name, columns]) => ({
    name,
    columns: [...columns.values()],
    records: records.get(name) ?? [],
  }));
}

/** Columns of the row; those inside of records are left out. */
export function pseudonymisedIn(tree: PolicyTree): readonly ColumnPolicy[] {
  return Object.values(tree).flatMap((policy) => {
    if (policy.action === 'map') return pseudonymisedIn(policy.fields);
    return policy.action === 'pseudonymise' ? [policy] : [];
  });
}

function recordsIn(tree: PolicyTree): readonly string[] {
  return Object.values(tree).flatMap((policy) => {
    if (policy.action === 'map') return recordsIn(policy.fields);
    if (policy.action !== 'record' && policy.action !== 'records') return [];
    const inside = [...pseudonymisedIn(policy.fields), ...recordsIn(policy.fields)];
    return inside.length > 0 ? [policy.column] : [];
  });
}
