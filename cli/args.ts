// Flags of the commands: one table per command gives parsing, checks and `--help`. A wrong flag ends the process
// with exit code 2 and a line that says what is wanted.
import { parseArgs } from 'node:util';

export interface FlagSpec {
  readonly help: string;
  /** Placeholder of the value in the help text, e.g. `N` or `FILE`. Without it the flag is a switch. */
  readonly value?: string;
  /** The value may be left out; it is then the empty string. */
  readonly optional?: true;
  /** Whole numbers only, within these bounds. */
  readonly integer?: { readonly min: number; readonly max: number };
  readonly default?: string;
}

export interface Command<Flags extends Record<string, FlagSpec>> {
  /** As the user types it, e.g. `npm start --`. */
  readonly usage: string;
  readonly summary: string;
  readonly flags: Flags;
  /** Name of the positional arguments, if the command takes any. */
  readonly positional?: string;
}

type ValueOf<Spec extends FlagSpec> = Spec extends { integer: object }
  ? Spec extends { default: string }
    ? number
    : number | undefined
  : Spec extends { value: string }
    ? Spec extends { default: string }
      ? string
      : string | undefined
    : boolean;

export type Values<Flags extends Record<string, FlagSpec>> = {
  readonly [Name in keyof Flags]: ValueOf<Flags[Name]>;
};

/** A mistake of the person who called; its message is all that they need to see. */
export class UsageError extends Error {}

/** Throws a UsageError for unknown flags and malformed values; `help` is a flag of every command. */
export function parseFlags<const Flags extends Record<string, FlagSpec>>(
  command: Command<Flags>,
  argv: readonly string[],
): { values: Values<Flags>; positionals: string[]; help: boolean } {
  const options = Object.fromEntries(
    Object.entries<FlagSpec>({ ...command.flags, help: { help: '' } }).map(([name, spec]) => [
      name,
      { type: spec.value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  let parsed;
  try {
    parsed = parseArgs({
      args: markLeftOut(command.flags, argv),
      options,
      allowPositionals: command.positional !== undefined,
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}. See --help.`, { cause: error });
  }
  const values = Object.fromEntries(
    Object.entries<FlagSpec>(command.flags).map(([name, spec]) => [
      name,
      readValue(name, spec, parsed.values[name]),
    ]),
  );
  return {
    values: values as Values<Flags>,
    positionals: parsed.positionals,
    help: parsed.values['help'] === true,
  };
}

/** `--flag` with its optional value left out becomes `--flag=`, the one form that the parser takes. */
function markLeftOut(flags: Record<string, FlagSpec>, argv: readonly string[]): string[] {
  return argv.map((word, i) => {
    const next = argv[i + 1];
    const leftOut = next === undefined || next.startsWith('-');
    return word.startsWith('--') && flags[word.slice(2)]?.optional && leftOut ? `${word}=` : word;
  });
}

function readValue(name: string, spec: FlagSpec, given: unknown): unknown {
  if (spec.value === undefined) return given === true;
  const text = given ?? spec.default;
  if (spec.integer === undefined || text === undefined) return text;
  const { min, max } = spec.integer;
  const number = typeof text === 'string' && /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) {
    throw new UsageError(`--${name} wants a whole number from ${min} to ${max}. See --help.`);
  }
  return number;
}

export function helpText<Flags extends Record<string, FlagSpec>>(command: Command<Flags>): string {
  const rows = Object.entries<FlagSpec>({ ...command.flags, help: { help: 'Show this text.' } }).map(
    ([name, spec]) => {
      const value = spec.optional ? `[=${spec.value}]` : ` ${spec.value}`;
      const left = `  --${name}${spec.value === undefined ? '' : value}`;
      const fallback = spec.default === undefined ? '' : ` (default ${spec.default})`;
      return [left, `${spec.help}${fallback}`] as const;
    },
  );
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const flags = rows.map(([left, help]) => `${left.padEnd(width)}${help}`);
  return [`Usage: ${command.usage}`, '', command.summary, '', ...flags].join('\n');
}

/** Parses, or prints help (exit 0) or the mistake (exit 2) and ends the process. */
export function parseFlagsOrExit<const Flags extends Record<string, FlagSpec>>(
  command: Command<Flags>,
  argv: readonly string[] = process.argv.slice(2),
): { values: Values<Flags>; positionals: string[] } {
  try {
    const { help, ...parsed } = parseFlags(command, argv);
    if (!help) return parsed;
    console.log(helpText(command));
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}
