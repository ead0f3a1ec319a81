// RE2, in which rules write regular expressions, by JavaScript's engine. What the two might take differently is
// refused.

export interface Pattern {
  readonly whole: RegExp;
  readonly anywhere: RegExp;
}

/** Undefined when the pattern is not known to mean the same here. */
export function compilePattern(pattern: string): Pattern | undefined {
  const flags = /^\(\?([is]+)\)/.exec(pattern);
  const body = translate(
    flags ? pattern.slice(flags[0].length) : pattern,
    flags?.[1]?.includes('s') ?? false,
  );
  if (body === undefined) return undefined;
  const letters = flags?.[1]?.includes('i') ? 'ui' : 'u';
  try {
    return { whole: new RegExp(`^(?:${body})$`, letters), anywhere: new RegExp(body, `g${letters}`) };
  } catch {
    return undefined;
  }
}

/** Lookarounds, inner flags, back references, possessive quantifiers and named classes differ, or may. */
const DIFFERENT = /^(?:\\[^dDwWsSbBnrtfv\W_]|\(\?[^:]|\[:|[*+?}]\+)/;
const TOKEN = /\\x[0-9a-fA-F]{2}|\\[\s\S]|\(\?[\s\S]|\[:|[*+?}]\+|[\s\S]/gu;
const RE2_SPACE = String.raw`\t\n\f\r `;

function translate(body: string, dotIsAll: boolean): string | undefined {
  let inClass = false;
  let result = '';
  for (const [text] of body.matchAll(TOKEN)) {
    if (DIFFERENT.test(text) && !text.startsWith('\\x')) return undefined;
    if (inClass && /^\\[SbB]/.test(text)) return undefined;
    // JavaScript takes more for white space and for the end of a line.
    if (text === '\\s') result += inClass ? RE2_SPACE : `[${RE2_SPACE}]`;
    else if (text === '\\S') result += `[^${RE2_SPACE}]`;
    else if (text === '.' && !inClass) result += dotIsAll ? String.raw`[\s\S]` : String.raw`[^\n]`;
    // A backslash before a sign that needs none is an error in JavaScript.
    else if (/^\\[^\w^$\\.*+?()[\]{}|/-]$/u.test(text)) result += text[1]!;
    else result += text;
    if (text === '[') inClass = true;
    else if (text === ']') inClass = false;
  }
  return result;
}
