// Primary and foreign keys, as the field `tableConstraints` of a table's resource. They are never enforced.
import type { Metadata } from '../../catalog.ts';
import { isWord } from '../lex.ts';
import { splitByComma } from './token-reader.ts';
import type { TokenReader } from './token-reader.ts';

export const startsConstraint = (reader: TokenReader) =>
  isWord(reader.next, 'PRIMARY', 'FOREIGN', 'CONSTRAINT');

const columnList = (reader: TokenReader): string[] =>
  splitByComma(reader.bracketed()).map((tokens) => tokens[0]!.value);

/** One key; `column` is the column in whose definition it stands. */
export function constraint(reader: TokenReader, column?: string): Metadata {
  const name = reader.take('CONSTRAINT') ? reader.name() : undefined;
  if (reader.take('PRIMARY', 'KEY')) {
    const columns = column === undefined ? columnList(reader) : [column];
    reader.take('NOT', 'ENFORCED');
    return { primaryKey: { columns } };
  }
  if (column === undefined) {
    reader.need('FOREIGN');
    reader.need('KEY');
  }
  const referencing = column === undefined ? columnList(reader) : [column];
  reader.need('REFERENCES');
  const path = reader.path();
  const referenced = columnList(reader);
  reader.take('NOT', 'ENFORCED');
  const [tableId, datasetId, ...project] = path.toReversed();
  return {
    foreignKeys: [
      {
        ...(name === undefined ? {} : { name }),
        referencedTable: {
          ...(project.length > 0 ? { projectId: project.toReversed().join('.') } : {}),
          datasetId,
          tableId,
        },
        columnReferences: referencing.map((from, i) => ({
          referencingColumn: from,
          referencedColumn: referenced[i],
        })),
      },
    ],
  };
}

export function mergeConstraints(constraints: readonly Metadata[]): Metadata | undefined {
  if (constraints.length === 0) return undefined;
  const foreignKeys = constraints.flatMap(({ foreignKeys: keys }) =>
    Array.isArray(keys) ? (keys as unknown[]) : [],
  );
  return {
    ...Object.assign({}, ...constraints.filter(({ primaryKey }) => primaryKey)),
    ...(foreignKeys.length > 0 ? { foreignKeys } : {}),
  } as Metadata;
}
