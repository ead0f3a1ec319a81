// What a verb of the operator's tool is: flags, and what it does with a connection. Every verb has --json, and
// --project unless it reaches nothing; its result is one value, printed for people or as JSON.
import { parseFlagsOrExit, type FlagSpec, type Values } from '../args.ts';
import { connect, type Connection } from './connect.ts';

export const COMMON = {
  project: {
    value: 'ID',
    help: 'A project, with application default credentials; without it the local suite.',
  },
  json: { help: 'Print the result as one JSON object.' },
} as const;

export interface Result {
  /** For people. */
  readonly text: string;
  readonly json: unknown;
  /** 0 when all is well, 1 when something wants attention. */
  readonly exitCode?: 0 | 1;
}

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly flags: Record<string, FlagSpec>;
  readonly positional?: string;
  /** Works without a suite and a project, and is given no connection. */
  readonly isLocal?: true;
  run(connection: Connection, values: never, positionals: readonly string[]): Promise<Result>;
}

export function defineVerb<const Flags extends Record<string, FlagSpec>>(verb: {
  readonly name: string;
  readonly summary: string;
  readonly flags: Flags;
  readonly positional?: string;
  run(
    connection: Connection,
    values: Values<Flags & typeof COMMON>,
    positionals: readonly string[],
  ): Promise<Result>;
}): Verb {
  return verb;
}

/** A verb that reaches nothing. */
export function defineLocalVerb<const Flags extends Record<string, FlagSpec>>(verb: {
  readonly name: string;
  readonly summary: string;
  readonly flags: Flags;
  run(values: Values<Flags>): Promise<Result>;
}): Verb {
  return { ...verb, isLocal: true, run: (_connection, values) => verb.run(values) };
}

/** Resolves to the exit code. Mistakes in the call end the process with 2. */
export async function readVerb(verb: Verb, argv: readonly string[]): Promise<number> {
  const { name, summary, positional, isLocal } = verb;
  const { values, positionals } = parseFlagsOrExit(
    {
      usage: `npm run pipeline -- ${name}${positional ? ` <${positional}>` : ''} [flags]`,
      summary,
      flags: { ...verb.flags, ...(isLocal ? { json: COMMON.json } : COMMON) },
      ...(positional === undefined ? {} : { positional }),
    },
    argv,
  );
  const { project, json } = values as unknown as { project: string | undefined; json: boolean };
  const connection = isLocal ? (undefined as never) : await connect(project); // a local verb takes none
  const { text, json: value, exitCode = 0 } = await verb.run(connection, values as never, positionals);
  console.log(json ? JSON.stringify(value) : text);
  return exitCode;
}
