// The parser's tree as we touch it: plain JSON in which a node is an object with one key, its kind.
// Everything that builds a node by hand stands here, so that a new version of the parser breaks one file.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The payload of a node when it is of this kind. */
export function payload(node: Json | undefined, kind: string): JsonObject | undefined {
  if (!isObject(node)) return undefined;
  const inner = node[kind];
  return isObject(inner) ? inner : undefined;
}

export function identifier(name: string, quoted = true): JsonObject {
  return { name, quoted, trailing_comments: [] };
}

export function column(name: string, quoted = true): JsonObject {
  return {
    column: { name: identifier(name, quoted), table: null, join_mark: false, trailing_comments: [] },
  };
}

export function call(name: string, ...args: Json[]): JsonObject {
  return {
    function: {
      name,
      args,
      distinct: false,
      trailing_comments: [],
      use_bracket_syntax: false,
      no_parens: false,
      quoted: false,
    },
  };
}

export function alias(node: Json, name: string): JsonObject {
  return {
    alias: {
      this: node,
      alias: identifier(name),
      column_aliases: [],
      alias_explicit_as: true,
      pre_alias_comments: [],
      trailing_comments: [],
    },
  };
}

export function stringLiteral(value: string): JsonObject {
  return { literal: { literal_type: 'string', value } };
}

/** A table in FROM under a name that is later replaced by SQL text. */
export function table(
  name: string,
  aliasName: string | undefined,
  columns: readonly string[] = [],
): JsonObject {
  return {
    table: {
      name: identifier(name, false),
      schema: null,
      catalog: null,
      alias: aliasName === undefined ? null : identifier(aliasName),
      alias_explicit_as: true,
      column_aliases: columns.map((c) => identifier(c)),
      trailing_comments: [],
      when: null,
      only: false,
      final_: false,
      hints: [],
    },
  };
}

/** The last name of an identifier node, or of a path's end. */
export function identifierName(node: Json | undefined): string | undefined {
  if (!isObject(node)) return undefined;
  return typeof node['name'] === 'string' ? node['name'] : undefined;
}

const IDENTIFIER_KEYS = new Set(['name', 'quoted', 'trailing_comments', 'span']);

/** A bare identifier: a column alias, a name in a column list, … */
export function isIdentifier(node: JsonObject): boolean {
  return (
    typeof node['name'] === 'string' &&
    typeof node['quoted'] === 'boolean' &&
    Object.keys(node).every((key) => IDENTIFIER_KEYS.has(key))
  );
}

/** The text of a leaf; empty for anything that is not one. */
export function leafText(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
