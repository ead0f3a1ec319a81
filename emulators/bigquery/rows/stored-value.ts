// A cell in the shape that DuckDB's vectors take. Plain objects with the properties of its value classes
// are enough, which keeps the native library out of this file.
import type { DuckDBValue } from '@duckdb/node-api';
import type { Field } from '../schema.ts';
import type { Cell } from './cell.ts';

export function storedValue(cell: Cell, field: Field): DuckDBValue {
  if (cell === null) return null;
  if (field.mode === 'REPEATED')
    return { items: (cell as readonly Cell[]).map((item) => single(item, field)) };
  return single(cell, field);
}

function single(cell: Cell, field: Field): DuckDBValue {
  switch (field.type) {
    case 'NUMERIC':
      return { width: 38, scale: 9, value: cell } as unknown as DuckDBValue;
    case 'BIGNUMERIC':
      return { width: 38, scale: 18, value: cell } as unknown as DuckDBValue;
    case 'TIMESTAMP':
    case 'DATETIME':
    case 'TIME':
      return { micros: cell } as unknown as DuckDBValue;
    case 'DATE':
      return { days: cell } as unknown as DuckDBValue;
    case 'BYTES':
      return { bytes: cell } as unknown as DuckDBValue;
    case 'RECORD': {
      const fields = field.fields ?? [];
      const cells = cell as readonly Cell[];
      const entries = Object.fromEntries(fields.map((f, i) => [f.name, storedValue(cells[i] ?? null, f)]));
      return { entries };
    }
    case 'STRING':
    case 'INTEGER':
    case 'FLOAT':
    case 'BOOLEAN':
    case 'JSON':
    case 'GEOGRAPHY':
    case 'INTERVAL':
      return cell as DuckDBValue;
  }
}
