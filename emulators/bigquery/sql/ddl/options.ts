// Values in OPTIONS(…), which the parser keeps as text.
import { lex } from '../lex.ts';

/** The value of an option that is a string literal. */
export function stringOption(text: string): string {
  return lex(text)[0]?.value ?? '';
}

/** `[("key", "value"), …]` or `[STRUCT(…)]` as labels. */
export function labelsOption(text: string): Record<string, string> {
  const strings = lex(text).filter((token) => token.kind === 'string');
  return Object.fromEntries(
    strings.flatMap((token, i) =>
      i % 2 === 0 && strings[i + 1] ? [[token.value, strings[i + 1]!.value]] : [],
    ),
  );
}
