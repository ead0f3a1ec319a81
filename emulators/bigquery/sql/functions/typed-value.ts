// A value of any type as it reaches a function in TypeScript: DuckDB's name for the type, and DuckDB's JSON
// of the value. Numbers stay the text they were, so that no digit is lost.

export type Type =
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'array'; readonly element: Type }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: Type }[] };

/** JSON with numbers as text, and objects as pairs in their order. */
export type Node =
  | null
  | boolean
  | string
  | { readonly number: string }
  | { readonly items: readonly Node[] }
  | { readonly pairs: readonly (readonly [string, Node])[] };

export interface TypedValue {
  readonly type: Type;
  readonly value: Node;
  /** SQL's NULL, which is not JSON's null. */
  readonly absent?: boolean;
}

export const typedValue = (type: string, json: string | null): TypedValue => ({
  type: parseType(type),
  value: json === null ? null : parseNode(json),
  absent: json === null,
});

export function parseType(text: string): Type {
  let at = 0;
  const type = next();
  return type;

  function next(): Type {
    let found: Type;
    if (text.startsWith('STRUCT(', at)) {
      at += 7;
      const fields: { name: string; type: Type }[] = [];
      while (text[at] !== ')') {
        const name = fieldName();
        fields.push({ name, type: next() });
        if (text.startsWith(', ', at)) at += 2;
      }
      at++;
      found = { kind: 'struct', fields };
    } else {
      const [word] = /^"NULL"|^[A-Z_ ]+(\(\d+,\d+\))?/.exec(text.slice(at)) ?? [text.slice(at)];
      at += word.length;
      found = { kind: 'scalar', name: word.replace(/\(.*/, '').replaceAll('"', '') };
    }
    for (; text.startsWith('[]', at); at += 2) found = { kind: 'array', element: found };
    return found;
  }

  /** The name before a field's type; fields of a row have none. */
  function fieldName(): string {
    const quoted = /^"((?:[^"]|"")*)" /.exec(text.slice(at));
    if (quoted) {
      at += quoted[0].length;
      return quoted[1]!.replaceAll('""', '"');
    }
    const plain = /^([a-zA-Z_]\w*) (?=[A-Z"])/.exec(text.slice(at));
    if (!plain || /^(TIMESTAMP WITH|TIME WITH)/.test(text.slice(at))) return '';
    at += plain[0].length;
    return plain[1]!;
  }
}

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|-?(?:\d[\d.eE+-]*|Infinity)|NaN|true|false|null|[[\]{}:,])\s*/y;

/** Throws SyntaxError for what is no JSON. */
export function parseNode(text: string): Node {
  let at = 0;
  const token = (): string => {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxError(`syntax error while parsing value: ${text.slice(at, at + 20)}`);
    at = TOKEN.lastIndex;
    return match[1]!;
  };
  const peek = (): string => {
    const before = at;
    const found = token();
    at = before;
    return found;
  };
  const want = (symbol: string): void => {
    if (token() !== symbol) throw new SyntaxError(`syntax error while parsing value: expected "${symbol}"`);
  };
  const separated = (close: string, one: () => void): void => {
    if (peek() === close) {
      token();
      return;
    }
    for (;;) {
      one();
      const after = token();
      if (after === close) return;
      if (after !== ',') throw new SyntaxError(`syntax error while parsing value: expected "${close}"`);
    }
  };
  const value = (): Node => {
    const first = token();
    if (first === '[') {
      const items: Node[] = [];
      separated(']', () => items.push(value()));
      return { items };
    }
    if (first === '{') {
      const pairs: [string, Node][] = [];
      separated('}', () => {
        const key = JSON.parse(token()) as string;
        want(':');
        pairs.push([key, value()]);
      });
      return { pairs };
    }
    if (first.startsWith('"')) return JSON.parse(first) as string;
    if (first === 'null') return null;
    if (first === 'true' || first === 'false') return first === 'true';
    if (!/^(-?\d+(\.\d+)?([eE][+-]?\d+)?|-?Infinity|NaN)$/.test(first))
      throw new SyntaxError(`syntax error while parsing value: ${first}`);
    return { number: first };
  };
  const parsed = value();
  if (at < text.length) throw new SyntaxError('syntax error while parsing value: unexpected end');
  return parsed;
}

const isPairs = (node: Node): node is { readonly pairs: readonly (readonly [string, Node])[] } =>
  typeof node === 'object' && node !== null && 'pairs' in node;
const isItems = (node: Node): node is { readonly items: readonly Node[] } =>
  typeof node === 'object' && node !== null && 'items' in node;

/** A scalar's text as it came; empty for what has parts. */
export function nodeText(node: Node | undefined): string {
  if (typeof node !== 'object' || node === null) return String(node ?? 'null');
  return 'number' in node ? node.number : '';
}

export { isItems, isPairs };

/** A number as BigQuery's JSON holds it: INT64, UINT64 or FLOAT64. */
export function jsonNumber(text: string): string {
  if (/^-?\d+$/.test(text)) {
    const big = BigInt(text);
    if (big >= -(2n ** 63n) && big < 2n ** 64n) return String(big);
  }
  return floatText(Number(text));
}

/** FLOAT64 with 17 digits at most, exponents as C writes them. */
export function floatText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return Object.is(value, -0) ? '-0' : String(value);
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -5 && power < 15) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** JSON in the form in which BigQuery keeps and shows it: no spaces, keys in order, the first of equal keys. */
export function canonical(node: Node): string {
  if (node === null || typeof node === 'boolean') return String(node);
  if (typeof node === 'string') return JSON.stringify(node);
  if ('number' in node) return jsonNumber(node.number);
  if (isItems(node)) return `[${node.items.map(canonical).join(',')}]`;
  const seen = new Map<string, Node>();
  for (const [key, inner] of node.pairs) if (!seen.has(key)) seen.set(key, inner);
  const pairs = [...seen].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}
