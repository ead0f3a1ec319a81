// What a rules file may be, and where and how it is said that it is not.
import { describe, expect, test } from '@jest/globals';
import { formatIssue } from './issues.ts';
import { parseRules } from './parse.ts';

/** The first issue, or `compiles`. */
function issueOf(source: string): string {
  const [issue] = parseRules('f.rules', source).issues;
  return issue ? formatIssue(issue) : 'compiles';
}

const HEAD = "rules_version = '2';\n";
const inDocuments = (body: string): string =>
  `${HEAD}service cloud.firestore { match /databases/{database}/documents {\n${body}\n} }`;
const withCondition = (condition: string): string =>
  inDocuments(`match /c/{d} { allow read: if ${condition}; }`);

describe('a file compiles', () => {
  const many = (n: number, part: (i: number) => string, separator: string): string =>
    Array.from({ length: n }, (_, i) => part(i)).join(separator);

  test.each([
    ['with comments of both kinds', inDocuments('// a\n/* b\n */ match /c/{d} { allow read: if true; }')],
    [
      'without semicolons where the next line tells',
      inDocuments('match /c/{d} { allow get: if true\n allow list }'),
    ],
    [
      'with a function around the service',
      `${HEAD}function f() { return true }\n${inDocuments('match /c/{d} { allow read: if f(); }').slice(HEAD.length)}`,
    ],
    [
      'with functions in any order',
      inDocuments(
        'match /c/{d} { allow read: if f(); } function f() { return g(); } function g() { return true; }',
      ),
    ],
    [
      'with ten variables',
      inDocuments(
        `function f() { ${many(10, (i) => `let v${i} = ${i};`, ' ')} return v0 == v9; } match /c/{d} { allow read: if f(); }`,
      ),
    ],
    [
      'with seven parameters',
      inDocuments(
        'function f(a,b,c,e,g,h,i) { return a; } match /c/{d} { allow read: if f(1,2,3,4,5,6,7); }',
      ),
    ],
    ['with 99 operands', withCondition(many(99, () => 'true', ' && '))],
    [
      'with 21 functions that call each other',
      inDocuments(
        `${many(21, (i) => `function f${i}() { return ${i < 20 ? `f${i + 1}()` : 'true'}; }`, ' ')} match /c/{d} { allow read: if f0(); }`,
      ),
    ],
    [
      'with a path in brackets and one with expressions',
      withCondition('exists(/databases/(default)/documents/c/$(d)/e-f_g.h/$(request.auth.uid))'),
    ],
  ])('%s', (_, source) => {
    expect(issueOf(source)).toBe('compiles');
  });

  test.each([
    ['100 operands', withCondition(many(100, () => 'true', ' && ')), '3:31: The expression is nested deeper'],
    [
      '99 parentheses',
      withCondition(`${'('.repeat(99)}true${')'.repeat(99)}`),
      '3:129: The expression is nested deeper',
    ],
    [
      'a hundred thousand brackets',
      withCondition('['.repeat(100_000)),
      '1:1: The rules are nested too deeply',
    ],
    [
      '22 functions that call each other',
      inDocuments(
        `${many(22, (i) => `function f${i}() { return ${i < 21 ? `f${i + 1}()` : 'true'}; }`, ' ')} match /c/{d} { allow read: if f0(); }`,
      ),
      '3:10: Calls of "f0" go more than 20 functions deep',
    ],
    [
      'eleven variables',
      inDocuments(
        `function f() { ${many(11, (i) => `let v${i} = ${i};`, ' ')} return v0 == 1; } match /c/{d} { allow read: if f(); }`,
      ),
      '3:10: The function "f" has more than 10 variables',
    ],
    [
      'eight parameters',
      inDocuments('function f(a,b,c,e,g,h,i,j) { return a; } match /c/{d} { allow read: if true; }'),
      '3:10: The function "f" has more than 7 parameters',
    ],
    [
      'eleven matches in each other',
      `${HEAD}service cloud.firestore {\n${many(11, (i) => `match /c${i}/{d${i}} {`, ' ')} allow read; ${'}'.repeat(11)} }`,
      '3:171: More than 10 matches stand in each other',
    ],
    [
      '101 segments',
      inDocuments(`match ${many(98, () => '/c', '')} { allow read; }`),
      '3:1: The path has more than 100 segments',
    ],
    [
      '21 wildcards',
      inDocuments(`match ${many(20, (i) => `/{w${i}}`, '')} { allow read; }`),
      '3:1: The path has more than 20 wildcards',
    ],
    ['more than 256 KiB', `${HEAD}//${'x'.repeat(256 * 1024)}`, '1:1: The file is larger than 256 KiB'],
  ])('but not with %s', (_, source, issue) => {
    expect(issueOf(source)).toContain(`f.rules:${issue}`);
  });
});

describe('a file is refused with its line, its column and what to do:', () => {
  test.each([
    ['', "1:1: The first line has to be rules_version = '2'"],
    [
      'service cloud.firestore { }',
      "1:1: The first line has to be rules_version = '2'; version 1 is not supported",
    ],
    ["rules_version = '1';", "1:17: Only version '2' is supported"],
    [`${HEAD}service firebase.storage { }`, '2:1: Only the service cloud.firestore is supported'],
    [`${HEAD}service cloud.firestore { }`, '1:1: The service is empty'],
    [
      `${HEAD}service cloud.firestore { allow read; }`,
      '2:27: Want "match" or "function" here, and not "allow"',
    ],
    [
      `${inDocuments('match /c/{d} { allow read; }')} service`,
      '4:5: After the service comes nothing but functions',
    ],
    [inDocuments('match /c/{d} { }'), '3:1: The match is empty'],
    [inDocuments('match c/{d} { allow read; }'), '3:7: A match begins with a path'],
    [inDocuments('match /c/ { allow read; }'), '3:7: A segment of the path is missing'],
    [
      inDocuments('match /c/{d=*} { allow read; }'),
      '3:13: {name=*} is not supported: write {name}, or {name=**}',
    ],
    [
      inDocuments('match /c/{d=**}/e/{f=**} { allow read; }'),
      '3:1: The path has two wildcards of the form {name=**}',
    ],
    [
      inDocuments('match /c/{d} { match /e/{d} { allow read; } }'),
      '3:16: The wildcard "d" stands in this path twice',
    ],
    [inDocuments('match /c/{request} { allow read; }'), '3:1: "request" has a meaning of its own'],
    [inDocuments('match /c/{d} { allow reed; }'), '3:22: There is no such method as "reed"'],
    [inDocuments('match /c/{d} { allow read if true; }'), '3:27: Want ";" here, and not "if"'],
    [inDocuments('match /c/{d} { allow read: true; }'), '3:28: Want "if" here, and not "true"'],
    [
      inDocuments('match /c/{d} { allow read: if true && ; }'),
      '3:39: An expression is wanted here, and not ";"',
    ],
    [
      inDocuments('match /c/{d} { allow read: if true'),
      '4:4: Want "match" or "function" here, and not the end of the file',
    ],
    [inDocuments('function f() { true } match /c/{d} { allow read; }'), '3:16: Want "let" or "return" here'],
    [inDocuments('function f() { let a = 1 return a; } match /c/{d} { allow read; }'), '3:26: Want ";" here'],
    [
      inDocuments('function f() { return f(); } match /c/{d} { allow read; }'),
      '3:10: The function "f" calls itself in the end',
    ],
    [
      inDocuments('function f() { return 1; } function f() { return 2; } match /c/{d} { allow read; }'),
      '3:37: The function "f" stands in this block twice',
    ],
    [
      inDocuments('function f(a, a) { return 1; } match /c/{d} { allow read; }'),
      '3:10: The variable "a" stands here twice',
    ],
    [
      inDocuments('function get(a) { return 1; } match /c/{d} { allow read; }'),
      '3:10: "get" is a function of rules already',
    ],
    [
      inDocuments('function f() { let b = b; return b; } match /c/{d} { allow read; }'),
      '3:24: There is no variable "b" here',
    ],
    [
      inDocuments('function f() { return d; } match /c/{d} { allow read: if f(); }'),
      '3:23: There is no variable "d" here',
    ],
    [
      inDocuments(
        'match /a/{b} { function f() { return true; } allow read; } match /c/{d} { allow read: if f(); }',
      ),
      '3:90: There is no function "f" here',
    ],
    [withCondition('f'), '3:31: There is no variable "f" here'],
    [withCondition('f()'), '3:31: There is no function "f" here'],
    [withCondition('d.f()'), '3:32: This emulator knows no method "f": want one of '],
    [withCondition('d.size(1) == 1'), '3:32: "size" has 1 arguments: want 0'],
    [withCondition('exists()'), '3:31: "exists" has 0 arguments: want 1'],
    [withCondition('math.sin(1)'), '3:35: There is no function "sin" there: want one of abs, '],
    [withCondition('request.user == null'), '3:38: "request" has no field "user" here: want one of auth, '],
    [
      withCondition('request.auth.email == d'),
      '3:43: "request.auth" has no field "email" here: want one of token, uid',
    ],
    [withCondition('request.query.orderBy == d'), '3:44: "request.query" has no field "orderBy"'],
    [
      withCondition('resource.status == d'),
      '3:39: "resource" has no field "status" here: want one of __name__, data, id',
    ],
    [withCondition('request.resource.status == d'), '3:47: "request.resource" has no field "status"'],
    [withCondition("d.matches('(?=a)')"), '3:41: The regular expression is invalid, or of a form'],
    [withCondition("d.matches('[')"), '3:41: The regular expression is invalid'],
    [withCondition('d is strong'), '3:36: There is no such type: want one of bool, bytes, '],
    [withCondition('4/2 == 2'), '3:32: A path cannot stand here: to divide, put a space behind the "/"'],
    [withCondition('--1 == 1'), '3:31: "--" and "++" are not known'],
    [withCondition("d == 'a\nb'"), "3:36: The text has no end: close it with '"],
    [withCondition(String.raw`d == '\d'`), '3:37: This escape is not known'],
    [withCondition("d == b'é'"), '3:38: Bytes are written in ASCII'],
    [withCondition('d == 9223372036854775808'), '3:36: The integer is too large'],
    [withCondition('d # true'), '3:33: This character has no meaning here'],
    [withCondition('d /* true'), '3:33: The comment has no end'],
    [withCondition('exists(/c/{d})'), '3:38: A segment of the path is missing'],
  ])('%s', (source, issue) => {
    expect(issueOf(source)).toContain(`f.rules:${issue}`);
  });

  test('and all that can be found is told at once, in the order of the lines', () => {
    const { issues } = parseRules(
      'f.rules',
      inDocuments('match /c/{d} { allow get: if f();\n allow list: if x; }'),
    );
    expect(issues.map(({ sourcePosition: { line } }) => line)).toEqual([3, 4]);
  });
});
