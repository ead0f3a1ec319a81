// Schedules that once broke a promise, one JSON file each, in regressions/. A test runs them all; `npm run simulate`
// adds the shrunk schedule of whatever it finds.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Regression {
  /** As `formatSchedule` says it. */
  readonly schedule: string;
  /** What the invariants said. */
  readonly violation: string;
  /** The code that it was found in. */
  readonly commit: string;
  /** What was wrong, in a person's words. */
  readonly note: string;
  /** The edition of the zoo that has the mistake again: the test shows that the schedule still finds it. */
  readonly mistake?: string;
}

const DIRECTORY = path.join(import.meta.dirname, 'regressions');

export function readRegressions(directory = DIRECTORY): readonly (Regression & { readonly file: string })[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((file) => ({
      file,
      ...(JSON.parse(readFileSync(path.join(directory, file), 'utf8')) as Regression),
    }));
}

/** Where it stands now, and whether it stood there before. */
export function keepRegression(
  regression: Regression,
  directory = DIRECTORY,
): { readonly file: string; readonly isNew: boolean } {
  const hash = createHash('sha256').update(regression.schedule).digest('hex').slice(0, 12);
  const file = path.join(directory, `${hash}.json`);
  const isNew = !existsSync(file);
  mkdirSync(directory, { recursive: true });
  if (isNew) writeFileSync(file, `${JSON.stringify(regression, null, 2)}\n`);
  return { file, isNew };
}
