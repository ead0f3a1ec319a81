// The medians of a bench as a reader sees them: chosen figures, each under a title with its unit.
import { table } from '../../cli/terminal.ts';
import type { Figures } from './results.ts';

/** Title and name of a figure; one that a row does not have is left empty. */
export type Columns = readonly (readonly [title: string, figure: string])[];

export function figuresTable(medians: readonly Figures[], columns: Columns): string {
  return table([
    columns.map(([title]) => title),
    ...medians.map((figures) => columns.map(([, name]) => figures[name] ?? '')),
  ]);
}
