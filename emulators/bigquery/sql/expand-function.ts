// A call of a user's SQL function becomes its body, with the arguments in the places of the parameters.
import type { Routine } from '../catalog.ts';
import { invalidQuery } from '../errors.ts';
import { identifierName, isObject, payload } from './ast.ts';
import type { Json } from './ast.ts';
import { lex } from './lex.ts';

/** `parse` gives the tree of a query; the result is an expression that is still to be rewritten. */
export function expandFunction(parse: (sql: string) => Json, routine: Routine, args: readonly Json[]): Json {
  const { name, parameters, returns, body } = routine;
  if (args.length !== parameters.length)
    throw invalidQuery(`No matching signature for function ${name} with ${args.length} arguments`);
  const text = withParameters(routine);
  const query = parse(`SELECT ${returns === undefined ? `(${text})` : `CAST((${text}) AS ${returns})`}`);
  const [expression] = (payload(query, 'select')?.['expressions'] ?? []) as Json[];
  if (expression === undefined) throw invalidQuery(`Function ${name} has no expression: ${body}`);
  return replaceParameters(expression, args);
}

const PARAMETER = 'bq_parameter_';

/** The body with a cast of a marked name where a parameter stood. */
function withParameters({ parameters, body }: Routine): string {
  const index = new Map(parameters.map((parameter, i) => [parameter.name.toLowerCase(), i]));
  const tokens = lex(body);
  const parts: string[] = [];
  let at = 0;
  for (const [i, token] of tokens.entries()) {
    const position = index.get(token.value.toLowerCase());
    if (position === undefined || (token.kind !== 'word' && token.kind !== 'quoted')) continue;
    if (tokens[i - 1]?.text === '.' || tokens[i + 1]?.text === '(') continue;
    const { type } = parameters[position]!;
    const marked = `${PARAMETER}${position}`;
    parts.push(
      body.slice(at, token.start),
      /^ANY\b/i.test(type) ? `(${marked})` : `CAST(${marked} AS ${type})`,
    );
    at = token.end;
  }
  return parts.join('') + body.slice(at);
}

function replaceParameters(node: Json, args: readonly Json[]): Json {
  if (Array.isArray(node)) return node.map((item) => replaceParameters(item, args));
  if (!isObject(node)) return node;
  const name = identifierName(payload(node, 'column')?.['name']);
  if (name?.startsWith(PARAMETER)) return args[Number(name.slice(PARAMETER.length))] ?? node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, replaceParameters(value, args)]),
  );
}
