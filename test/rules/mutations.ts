// Small mistakes in a rules file, one at a time, made in its parsed tree: conditions flipped, conjuncts dropped, paths
// and methods widened, checks of functions removed, fields forgotten, sides and calls mixed up.
import type {
  Allow,
  Expression,
  Match,
  RulesFunction,
  Ruleset,
  Segment,
} from '../../emulators/firestore/rules/syntax.ts';
import { METHODS } from '../../emulators/firestore/rules/syntax.ts';
import { printExpression, printRules } from './print-rules.ts';

export interface Mutant {
  readonly title: string;
  readonly rules: string;
}

/** A part of the tree with a mistake, and what the mistake is. */
interface Mutated<Part> {
  readonly title: string;
  readonly part: Part;
}

export function mutantsOf(ruleset: Ruleset): readonly Mutant[] {
  const functions = inFunctions(ruleset.functions).map(({ title, part }) => ({
    title,
    part: { ...ruleset, functions: part },
  }));
  const service = inBlock(ruleset.service).map(({ title, part }) => ({
    title,
    part: { ...ruleset, service: part },
  }));
  return [...functions, ...service].map(({ title, part }) => ({ title, rules: printRules(part) }));
}

function inBlock<
  Part extends { readonly functions: readonly RulesFunction[]; readonly matches: readonly Match[] },
>(block: Part): readonly Mutated<Part>[] {
  return [
    ...inFunctions(block.functions).map(({ title, part }) => ({
      title,
      part: { ...block, functions: part },
    })),
    ...eachOf(block.matches, inMatch).map(({ title, part }) => ({
      title,
      part: { ...block, matches: part },
    })),
  ];
}

function inFunctions(functions: readonly RulesFunction[]): readonly Mutated<readonly RulesFunction[]>[] {
  return eachOf(functions, (declared) => [
    ...inExpression(declared.result).map(({ title, part }) => ({
      title: `${declared.name}(): ${title}`,
      part: { ...declared, result: part },
    })),
    ...eachOf(declared.lets, (variable) =>
      inExpression(variable.value).map(({ title, part }) => ({ title, part: { ...variable, value: part } })),
    ).map(({ title, part }) => ({
      title: `${declared.name}(): ${title}`,
      part: { ...declared, lets: part },
    })),
  ]);
}

function inMatch(match: Match): readonly Mutated<Match>[] {
  const path = match.pattern.map(textOf).join('');
  return [
    ...inBlock(match),
    ...patterns(match.pattern).map((pattern) => ({
      title: `match ${path} becomes ${pattern.map(textOf).join('')}`,
      part: { ...match, pattern },
    })),
    ...match.allows.flatMap((allow, i) => [
      {
        title: `allow ${allow.methods.join(', ')} is dropped`,
        part: { ...match, allows: match.allows.toSpliced(i, 1) },
      },
      ...inAllow(allow).map(({ title, part }) => ({
        title: `allow ${allow.methods.join(', ')}: ${title}`,
        part: { ...match, allows: match.allows.with(i, part) },
      })),
    ]),
  ];
}

/** Each segment widened, renamed or taken for several; the whole path open to what lies around it. */
function patterns(pattern: readonly Segment[]): readonly (readonly Segment[])[] {
  const changed = pattern.flatMap((segment, i): (readonly Segment[])[] => {
    if (segment.kind === 'literal') {
      // The service knows no other paths than /databases/{database}/documents.
      if (segment.text === 'databases' || segment.text === 'documents') return [];
      return [
        pattern.with(i, { kind: 'one', name: `any${i}` }),
        pattern.with(i, { ...segment, text: 'others' }),
      ];
    }
    if (segment.name === 'database') return [];
    return segment.kind === 'one' ? [pattern.with(i, { ...segment, kind: 'many' })] : [];
  });
  const hasDocuments = pattern.some((segment) => segment.kind === 'literal' && segment.text === 'documents');
  const around: (readonly Segment[])[] = hasDocuments
    ? []
    : [
        [{ kind: 'many', name: 'before' }, ...pattern],
        [...pattern, { kind: 'many', name: 'behind' }],
      ];
  return [...changed, ...around].filter((each) => each.filter(({ kind }) => kind === 'many').length <= 1);
}

function inAllow(allow: Allow): readonly Mutated<Allow>[] {
  const covered = new Set(allow.methods.flatMap((method) => METHODS[method]!));
  const single = [...covered];
  const narrower = single.length > 1 ? single.map((method) => single.filter((each) => each !== method)) : [];
  const wider = ['get', 'list', 'create', 'update', 'delete']
    .filter((method) => !single.some((each) => each === method))
    .map((method) => [...allow.methods, method]);
  return [
    ...[...narrower, ...wider].map((methods) => ({
      title: `is for ${methods.join(', ')}`,
      part: { ...allow, methods },
    })),
    { title: 'has no condition', part: { ...allow, condition: undefined } },
    ...(allow.condition
      ? [{ title: 'is negated', part: { ...allow, condition: negated(allow.condition) } }]
      : []),
    ...(allow.condition
      ? inExpression(allow.condition).map(({ title, part }) => ({
          title,
          part: { ...allow, condition: part },
        }))
      : []),
  ];
}

function negated(operand: Expression): Expression {
  return { kind: 'unary', operator: '!', operand, position: operand.position };
}

const SWAPPED: Readonly<Record<string, readonly string[]>> = {
  hasAny: ['hasAll', 'hasOnly'],
  hasAll: ['hasAny', 'hasOnly'],
  hasOnly: ['hasAny', 'hasAll'],
  affectedKeys: ['addedKeys', 'changedKeys', 'removedKeys', 'unchangedKeys'],
  exists: ['existsAfter'],
  get: [],
};

const OPERATORS: Readonly<Record<string, readonly ('==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||')[]>> =
  {
    '==': ['!='],
    '!=': ['=='],
    '<': ['<=', '>='],
    '<=': ['<', '>'],
    '>': ['>=', '<='],
    '>=': ['>', '<'],
    '&&': ['||'],
    '||': ['&&'],
  };

/** The expression with one mistake at any depth. */
function inExpression(expression: Expression): readonly Mutated<Expression>[] {
  const { position } = expression;
  const as = (part: Expression): Mutated<Expression> => ({
    title: `${printExpression(expression)} becomes ${printExpression(part)}`,
    part,
  });
  const literal = (value: boolean | string | bigint | null): Expression => ({
    kind: 'literal',
    value,
    position,
  });
  const within = (key: string, child: Expression): readonly Mutated<Expression>[] =>
    inExpression(child).map(({ title, part }) => ({
      title,
      part: { ...expression, [key]: part } as Expression,
    }));
  const withinAll = (key: string, children: readonly Expression[]): readonly Mutated<Expression>[] =>
    eachOf(children, inExpression).map(({ title, part }) => ({
      title,
      part: { ...expression, [key]: part } as Expression,
    }));

  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      if (typeof value === 'boolean') return [as(literal(!value))];
      if (typeof value === 'string') return [as(literal(value === '' ? 'completed' : `${value}x`))];
      if (typeof value === 'bigint') return [as(literal(value + 1n)), as(literal(value - 1n))];
      return [];
    }
    case 'variable':
      if (expression.name === 'resource') return [as(request('resource', position))];
      if (expression.name === 'userId') return [as({ ...expression, name: 'sessionId' })];
      return [];
    case 'member': {
      const { object, name } = expression;
      const isRequests = object.kind === 'variable' && object.name === 'request' && name === 'resource';
      if (isRequests) return [as({ kind: 'variable', name: 'resource', position })];
      const token: Expression = { kind: 'member', object, name: 'token', position };
      const claim = name === 'uid' ? [as({ kind: 'member', object: token, name: 'user_id', position })] : [];
      return [...claim, ...within('object', object)];
    }
    case 'call': {
      const { object, name, args } = expression;
      const swapped = (object ? (SWAPPED[name] ?? []) : []).map((other) =>
        as({ ...expression, name: other }),
      );
      const isCondition = !object && args.length === 0;
      return [
        ...swapped,
        ...(isCondition ? [as(literal(true)), as(literal(false))] : []),
        ...(object ? within('object', object) : []),
        ...withinAll('args', args),
      ];
    }
    case 'list':
      return [
        ...expression.elements.map((_, i) =>
          as({ ...expression, elements: expression.elements.toSpliced(i, 1) }),
        ),
        ...withinAll('elements', expression.elements),
      ];
    case 'unary':
      return [
        ...(expression.operator === '!' ? [as(expression.operand)] : []),
        ...within('operand', expression.operand),
      ];
    case 'is':
      return [as(literal(true)), ...within('operand', expression.operand)];
    case 'binary': {
      const { operator, left, right } = expression;
      const isLogical = operator === '&&' || operator === '||';
      return [
        ...(isLogical ? [as(left), as(right)] : [as(literal(true)), as(literal(false))]),
        ...(OPERATORS[operator] ?? []).map((other) => as({ ...expression, operator: other })),

        ...within('left', left),
        ...within('right', right),
      ];
    }
    case 'ternary':
      return [
        as(expression.whenTrue),
        as(expression.whenFalse),
        ...within('condition', expression.condition),
        ...within('whenTrue', expression.whenTrue),
        ...within('whenFalse', expression.whenFalse),
      ];
    case 'index':
      return [...within('object', expression.object), ...within('key', expression.key)];
    case 'map':
    case 'path':
    case 'slice':
      return [];
  }
}

function request(name: string, position: Expression['position']): Expression {
  return { kind: 'member', object: { kind: 'variable', name: 'request', position }, name, position };
}

/** The list with one of its parts mutated. */
function eachOf<Part>(
  parts: readonly Part[],
  mutate: (part: Part) => readonly Mutated<Part>[],
): readonly Mutated<readonly Part[]>[] {
  return parts.flatMap((part, i) =>
    mutate(part).map((mutated) => ({ title: mutated.title, part: parts.with(i, mutated.part) })),
  );
}

function textOf(segment: Segment): string {
  if (segment.kind === 'literal') return `/${segment.text}`;
  return segment.kind === 'one' ? `/{${segment.name}}` : `/{${segment.name}=**}`;
}
