// The tree that a rules file is parsed into. Every node knows where it stands.
import type { Position } from './issues.ts';

export type BinaryOperator =
  '||' | '&&' | 'in' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%';

export type TypeName = (typeof TYPE_NAMES)[number];

export const TYPE_NAMES = [
  'bool',
  'bytes',
  'duration',
  'float',
  'int',
  'latlng',
  'list',
  'map',
  'map_diff',
  'number',
  'path',
  'string',
  'timestamp',
] as const;

interface Node {
  readonly position: Position;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: null | boolean | bigint | number | string | Uint8Array;
}

export interface Variable extends Node {
  readonly kind: 'variable';
  readonly name: string;
}

export interface Member extends Node {
  readonly kind: 'member';
  readonly object: Expression;
  readonly name: string;
}

/** `name(…)`, `namespace.name(…)` or `object.name(…)`. */
export interface Call extends Node {
  readonly kind: 'call';
  readonly object: Expression | undefined;
  readonly name: string;
  readonly args: readonly Expression[];
}

export type Expression =
  | Literal
  | Variable
  | Member
  | Call
  | (Node & { readonly kind: 'list'; readonly elements: readonly Expression[] })
  | (Node & { readonly kind: 'map'; readonly entries: readonly (readonly [Expression, Expression])[] })
  | (Node & { readonly kind: 'path'; readonly segments: readonly (string | Expression)[] })
  | (Node & { readonly kind: 'index'; readonly object: Expression; readonly key: Expression })
  | (Node & {
      readonly kind: 'slice';
      readonly object: Expression;
      readonly from: Expression | undefined;
      readonly to: Expression | undefined;
    })
  | (Node & { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly operand: Expression })
  | (Node & {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    })
  | (Node & { readonly kind: 'is'; readonly operand: Expression; readonly type: TypeName })
  | (Node & {
      readonly kind: 'ternary';
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    });

export interface RulesFunction extends Node {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly lets: readonly (Node & { readonly name: string; readonly value: Expression })[];
  readonly result: Expression;
}

/** What a request does; `read` and `write` stand for several. */
export type Method = 'get' | 'list' | 'create' | 'update' | 'delete';

export const METHODS: Readonly<Record<string, readonly Method[]>> = {
  get: ['get'],
  list: ['list'],
  create: ['create'],
  update: ['update'],
  delete: ['delete'],
  read: ['get', 'list'],
  write: ['create', 'update', 'delete'],
};

export interface Allow extends Node {
  /** As written: a key of `METHODS`. */
  readonly methods: readonly string[];
  /** Without a condition it is always allowed. */
  readonly condition: Expression | undefined;
}

export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  /** `{name}`, one segment. */
  | { readonly kind: 'one'; readonly name: string }
  /** `{name=**}`, any number of segments, none too. */
  | { readonly kind: 'many'; readonly name: string };

export interface Block {
  readonly functions: readonly RulesFunction[];
  readonly matches: readonly Match[];
}

export interface Match extends Node, Block {
  readonly pattern: readonly Segment[];
  readonly allows: readonly Allow[];
}

export interface Ruleset {
  readonly fileName: string;
  /** Of the file itself, around the service. */
  readonly functions: readonly RulesFunction[];
  readonly service: Block;
}
