import { expect, test } from '@jest/globals';
import { lex, splitStatements } from './lex.ts';

test('strings are decoded, raw ones are not', () => {
  const values = lex(String.raw`'it\'s' "a\n" r'a\n' '''x'y''' b'\x01z' '\u00e9'`).map(({ value }) => value);
  expect(values).toEqual(["it's", 'a\n', 'a\\n', "x'y", '\u0001z', 'é']);
});

test('comments and quotes hide semicolons', () => {
  expect(splitStatements("SELECT ';' -- ; \n; /* ; */ SELECT `a;b` # ;\n;")).toEqual([
    "SELECT ';' -- ; \n",
    ' /* ; */ SELECT `a;b` # ;\n',
  ]);
});

test('parameters are tokens of their own', () => {
  expect(lex('@a.b = ?').map(({ kind, value }) => `${kind} ${value}`)).toEqual([
    'parameter a',
    'symbol .',
    'word b',
    'symbol =',
    'parameter ?',
  ]);
});

test('an unclosed string is a syntax error with its place', () => {
  expect(() => lex("SELECT\n 'abc")).toThrow('Syntax error: Unclosed string literal at [2:2]');
});
