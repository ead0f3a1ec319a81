// A method or function of the language: the types of its arguments, and what it makes of them.
import type { Kind, RulesValue } from '../value.ts';
import { kindOf, RuleError } from '../value.ts';

/** The type of a parameter; the service takes a list for a set in some places. */
type Parameter = Kind | 'any' | 'list or set' | 'string or list' | 'number';

export interface Operation {
  readonly parameters: readonly Parameter[];
  // The types of the arguments were checked against the parameters.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly run: (...args: any[]) => RulesValue;
}

/** By name. */
export type Operations = Readonly<Record<string, Operation>>;

/** Throws RuleError unless the arguments are of the types that the operation takes. */
export function checkArguments(name: string, { parameters }: Operation, args: readonly RulesValue[]): void {
  const fits =
    args.length === parameters.length &&
    parameters.every((parameter, i) => accepts(parameter, kindOf(args[i]!)));
  if (!fits)
    throw new RuleError(
      `${name}(${args.map(kindOf).join(', ')}) is not known: want ${parameters.join(', ')}`,
    );
}

function accepts(parameter: Parameter, kind: Kind): boolean {
  if (parameter === 'any') return true;
  if (parameter === 'number') return kind === 'int' || kind === 'float';
  if (parameter === 'list or set') return kind === 'list' || kind === 'set';
  return parameter === 'string or list' ? kind === 'string' || kind === 'list' : parameter === kind;
}
