// The part of Cloud Logging's query language that the metrics are written in: comparisons of fields, AND, OR and
// parentheses. https://cloud.google.com/logging/docs/view/logging-query-language

export interface LogEntry {
  readonly resource: { readonly type: string };
  readonly jsonPayload: object;
}

const TOKEN = /\(|\)|\b(?:AND|OR)\b|([\w.]+)(=|>)("(?:[^"\\]|\\.)*"|\d+)/g;

/** Throws for what it does not know, so that a filter is never taken for another. */
export function parseLogFilter(text: string): (entry: LogEntry) => boolean {
  const tokens = [...text.matchAll(TOKEN)];
  if (text.replaceAll(TOKEN, '').trim() !== '') throw new Error(`Cannot read the filter ${text}`);
  let at = 0;
  const next = (): string => tokens[at]?.[0] ?? '';

  function anyOf(): (entry: LogEntry) => boolean {
    const parts = [allOf()];
    while (next() === 'OR') {
      at++;
      parts.push(allOf());
    }
    return (entry) => parts.some((part) => part(entry));
  }

  function allOf(): (entry: LogEntry) => boolean {
    const parts = [one()];
    while (next() === 'AND') {
      at++;
      parts.push(one());
    }
    return (entry) => parts.every((part) => part(entry));
  }

  function one(): (entry: LogEntry) => boolean {
    if (next() === '(') {
      at++;
      const inner = anyOf();
      if (next() !== ')') throw new Error(`Cannot read the filter ${text}: a parenthesis is not closed`);
      at++;
      return inner;
    }
    const [token, field, operator, value] = tokens[at++] ?? [];
    if (!token || !field || !value) throw new Error(`Cannot read the filter ${text}`);
    const wanted: unknown = JSON.parse(value);
    return (entry) => {
      const found = fieldOf(entry, field);
      return operator === '=' ? found === wanted : Number(found) > Number(wanted);
    };
  }

  const filter = anyOf();
  if (at !== tokens.length) throw new Error(`Cannot read the filter ${text}`);
  return filter;
}

/** `jsonPayload.missing` of an entry. */
export function fieldOf(entry: LogEntry, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
      entry,
    );
}
