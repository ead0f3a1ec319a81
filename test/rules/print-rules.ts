// A parsed rules file as text again, so that a changed tree can be loaded like any other file.
import type {
  Allow,
  Block,
  Expression,
  Match,
  RulesFunction,
  Ruleset,
} from '../../emulators/firestore/rules/syntax.ts';

export function printRules({ functions, service }: Ruleset): string {
  return `rules_version = '2';
${functions.map(printFunction).join('\n')}
service cloud.firestore {
${printBlock(service)}
}
`;
}

function printBlock({ functions, matches }: Block, allows: readonly Allow[] = []): string {
  return [...functions.map(printFunction), ...allows.map(printAllow), ...matches.map(printMatch)].join('\n');
}

function printMatch(match: Match): string {
  const path = match.pattern.map((segment) => {
    if (segment.kind === 'literal') return `/${segment.text}`;
    return segment.kind === 'one' ? `/{${segment.name}}` : `/{${segment.name}=**}`;
  });
  return `match ${path.join('')} {\n${printBlock(match, match.allows)}\n}`;
}

function printAllow({ methods, condition }: Allow): string {
  return `allow ${methods.join(', ')}${condition ? `: if ${printExpression(condition)}` : ''};`;
}

function printFunction({ name, parameters, lets, result }: RulesFunction): string {
  const variables = lets.map(({ name: variable, value }) => `let ${variable} = ${printExpression(value)};`);
  return `function ${name}(${parameters.join(', ')}) { ${variables.join(' ')} return ${printExpression(result)}; }`;
}

/** Every operator in parentheses of its own. */
export function printExpression(expression: Expression): string {
  const all = (expressions: readonly Expression[]): string => expressions.map(printExpression).join(', ');
  switch (expression.kind) {
    case 'literal':
      return printLiteral(expression.value);
    case 'variable':
      return expression.name;
    case 'member':
      return `${printExpression(expression.object)}.${expression.name}`;
    case 'call': {
      const { object, name, args } = expression;
      return `${object ? `${printExpression(object)}.` : ''}${name}(${all(args)})`;
    }
    case 'list':
      return `[${all(expression.elements)}]`;
    case 'map':
      return `{${expression.entries.map(([key, value]) => `${printExpression(key)}: ${printExpression(value)}`).join(', ')}}`;
    case 'path':
      return `(${expression.segments.map((segment) => (typeof segment === 'string' ? `/${segment}` : `/$(${printExpression(segment)})`)).join('')})`;
    case 'index':
      return `${printExpression(expression.object)}[${printExpression(expression.key)}]`;
    case 'slice': {
      const { object, from, to } = expression;
      return `${printExpression(object)}[${from ? printExpression(from) : ''}:${to ? printExpression(to) : ''}]`;
    }
    case 'unary':
      return `${expression.operator}(${printExpression(expression.operand)})`;
    case 'is':
      return `(${printExpression(expression.operand)} is ${expression.type})`;
    case 'binary':
      return `(${printExpression(expression.left)} ${expression.operator} ${printExpression(expression.right)})`;
    case 'ternary': {
      const { condition, whenTrue, whenFalse } = expression;
      return `(${printExpression(condition)} ? ${printExpression(whenTrue)} : ${printExpression(whenFalse)})`;
    }
  }
}

function printLiteral(value: Extract<Expression, { kind: 'literal' }>['value']): string {
  if (typeof value === 'string')
    return `'${value.replace(/[\\']/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}'`;
  if (value instanceof Uint8Array)
    return `b'${[...value].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'`;
  if (typeof value === 'number') return Number.isInteger(value) ? value.toFixed(1) : String(value);
  return String(value);
}
