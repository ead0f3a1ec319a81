// A flag whose value is a list separated by commas.
import { UsageError } from '../../cli/args.ts';

/** Throws a UsageError for an entry that is not among the allowed; without those, entries are positive numbers. */
export function readList<Name extends string = string>(
  flag: string,
  text: string,
  allowed?: readonly Name[],
): Name[] {
  return text.split(',').map((entry) => {
    const name = entry.trim();
    const isRight = allowed ? (allowed as readonly string[]).includes(name) : /^[1-9]\d*$/.test(name);
    if (isRight) return name as Name;
    const wanted = allowed ? `some of ${allowed.join(', ')}` : 'whole numbers from 1';
    throw new UsageError(`--${flag} wants ${wanted}, separated by commas.`);
  });
}
