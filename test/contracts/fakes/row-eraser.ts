// Deletes rows of the row sink's tables. Those that came within the window cannot be deleted yet.
import type { RowEraser, RowsOfPerson } from '../../../functions/services/row-eraser.ts';
import { VERSION_COLUMN, type Pipeline } from '../../../functions/pipelines/pipeline.ts';
import type { InsertRow } from '../../../functions/steps/to-insert-row.ts';

const HOUR_MS = 3_600_000;

export class FakeRowEraser implements RowEraser {
  readonly #rowsOf: (table: string) => InsertRow[];
  readonly #isStreamed: (row: InsertRow) => boolean;

  constructor(rowsOf: (table: string) => InsertRow[], isStreamed: (row: InsertRow) => boolean) {
    this.#rowsOf = rowsOf;
    this.#isStreamed = isStreamed;
  }

  async count({ table }: Pipeline, column: string, persons: readonly RowsOfPerson[]) {
    return persons.map((person) => this.#rowsOf(table).filter(isOf(person, column)).length);
  }

  async remove({ table }: Pipeline, column: string, persons: readonly RowsOfPerson[]) {
    const rows = this.#rowsOf(table);
    const isAsked = (row: InsertRow) => persons.some((person) => isOf(person, column)(row));
    if (rows.some((row) => isAsked(row) && this.#isStreamed(row))) return 'streamed';
    rows.splice(0, rows.length, ...rows.filter((row) => !isAsked(row)));
    return 'removed';
  }

  /** There is no table of pairs. */
  async unlink(): Promise<void> {}

  async timeTravelMs(): Promise<number> {
    return 48 * HOUR_MS;
  }
}

function isOf({ cells, until }: RowsOfPerson, column: string) {
  return ({ json }: InsertRow) =>
    cells.includes(String(json[column])) && Date.parse(String(json[VERSION_COLUMN])) <= until.getTime();
}
