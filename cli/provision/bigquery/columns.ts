// How the columns of a table differ from those of its file, and what of that BigQuery can change without loss: it adds
// columns, makes REQUIRED ones NULLABLE, widens numbers. No column is ever removed or narrowed.
// https://cloud.google.com/bigquery/docs/managing-table-schemas
import type { Change } from '../part.ts';

/** A column as the API shows it, and as the files have it. What is not named here is kept as it is. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly description?: string;
  readonly fields?: readonly Field[];
}

export interface ColumnDifference {
  /** Made by one update of the table: columns added, relaxed or described. */
  readonly changes: readonly Change[];
  /** All columns of the table after that, types as they are. */
  readonly fields: readonly Field[];
  /** Made by a statement each. */
  readonly widened: readonly { readonly column: string; readonly type: string; readonly change: Change }[];
  readonly refused: readonly Change[];
  readonly left: readonly Change[];
}

/** The API's names, and those of GoogleSQL for the same. */
const NAMES: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
};

const SQL_NAMES: Readonly<Record<string, string>> = { INTEGER: 'INT64', FLOAT: 'FLOAT64' };

/** What ALTER COLUMN SET DATA TYPE takes, and every value survives as far as its new type can tell. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  INTEGER: ['NUMERIC', 'BIGNUMERIC', 'FLOAT'],
  NUMERIC: ['BIGNUMERIC'],
};

export const NEW_TABLE =
  'a new table and a view that changes over: docs/operations.md, "What BigQuery cannot change"';

export const typeOf = ({ type }: Field): string => NAMES[type.toUpperCase()] ?? type.toUpperCase();
export const modeOf = ({ mode }: Field): string => mode?.toUpperCase() ?? 'NULLABLE';
export const sqlType = (type: string): string => SQL_NAMES[type] ?? type;

/** BigQuery tells columns apart without regard to case. */
const isSame = (a: Field, b: Field) => a.name.toLowerCase() === b.name.toLowerCase();

/** `path` is that of the table or record, for the changes' names: `sessions`. */
export function diffColumns(
  path: string,
  found: readonly Field[],
  wanted: readonly Field[],
  isNested = false,
): ColumnDifference {
  const changes: Change[] = [];
  const widened: { column: string; type: string; change: Change }[] = [];
  const refused: Change[] = [];
  const left: Change[] = [];

  const kept = found.map((field): Field => {
    const what = `column ${path}.${field.name}`;
    const want = wanted.find((other) => isSame(other, field));
    if (!want) return keepUnwanted(field, what);
    const [from, to] = [typeOf(field), typeOf(want)];
    if (from !== to) {
      const change = { what, from, to };
      // Types of lists and of fields inside of records can only be changed together with all around them.
      const isAlone = !isNested && modeOf(field) !== 'REPEATED';
      if (isAlone && WIDER[from]?.includes(to)) {
        widened.push({
          column: field.name,
          type: to,
          change: {
            ...change,
            kind: 'widen',
            ...(to === 'FLOAT' ? { why: 'whole numbers beyond 2^53 lose their last digits' } : {}),
          },
        });
      } else {
        const kind = isAlone ? 'a column' : 'a list or a field of a record';
        const why = `BigQuery cannot turn ${kind} from ${from} into ${to} and keep all values`;
        refused.push({ ...change, kind: 'refuse', why, remedy: NEW_TABLE });
        return field;
      }
    }
    const mode = keepMode(field, want, what);
    if (mode === undefined) return field;
    return { ...describe({ ...field, mode }, want, what), ...nested(field, want) };
  });

  function keepUnwanted(field: Field, what: string): Field {
    left.push({ kind: 'leave', what, from: typeOf(field), why: 'in BigQuery, and not in the file' });
    if (modeOf(field) !== 'REQUIRED') return field;
    const why = 'rows no longer have it, and would be refused';
    changes.push({ kind: 'relax', what, from: 'REQUIRED', to: 'NULLABLE', why });
    return { ...field, mode: 'NULLABLE' };
  }

  /** The mode as it can be; undefined when the column must stay as it is. */
  function keepMode(field: Field, want: Field, what: string): string | undefined {
    const [from, to] = [modeOf(field), modeOf(want)];
    if (from === to) return from;
    if (from === 'REQUIRED' && to === 'NULLABLE') {
      changes.push({ kind: 'relax', what, from, to });
      return to;
    }
    if (from === 'NULLABLE' && to === 'REQUIRED') {
      left.push({
        kind: 'leave',
        what,
        from,
        to,
        why: 'BigQuery cannot make a column REQUIRED that is there',
      });
      return from;
    }
    const why = 'BigQuery cannot change between one value and many';
    refused.push({ kind: 'refuse', what, from, to, why, remedy: NEW_TABLE });
    return undefined;
  }

  function describe(field: Field, { description }: Field, what: string): Field {
    if (description === undefined || description === (field.description ?? '')) return field;
    changes.push({ kind: 'describe', what, from: field.description, to: description });
    return { ...field, description };
  }

  function nested(field: Field, want: Field): { fields?: readonly Field[] } {
    if (typeOf(field) !== 'RECORD') return {};
    const inner = diffColumns(`${path}.${field.name}`, field.fields ?? [], want.fields ?? [], true);
    changes.push(...inner.changes);
    refused.push(...inner.refused);
    left.push(...inner.left);
    return { fields: inner.fields };
  }

  const added = wanted
    .filter((want) => !found.some((field) => isSame(field, want)))
    .map((want): Field => {
      const isRequired = modeOf(want) === 'REQUIRED';
      const mode = isRequired ? 'NULLABLE' : modeOf(want);
      const why = 'REQUIRED in the file: a column of a table that is there can only be NULLABLE';
      changes.push({
        kind: 'add',
        what: `column ${path}.${want.name}`,
        to: `${typeOf(want)} ${mode}`,
        ...(isRequired ? { why } : {}),
      });
      return { ...want, mode };
    });

  return { changes, fields: [...kept, ...added], widened, refused, left };
}
