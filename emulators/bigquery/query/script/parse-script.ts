// The procedural language, read token by token. What is no statement of it is kept as SQL up to its semicolon.
import { splitByComma, TokenReader } from '../../sql/ddl/token-reader.ts';
import { isWord } from '../../sql/lex.ts';
import type { Branch, Step } from './steps.ts';

/** Throws ApiError `invalidQuery` for a syntax error. */
export function parseScript(sql: string): Step[] {
  const reader = new TokenReader(sql);
  const steps = body(reader);
  if (reader.next) reader.fail('end of script');
  return steps;
}

const semicolon = ({ text }: { readonly text: string }) => text === ';';

/** Steps until one of the words, which is left, or the end. */
function body(reader: TokenReader, ...enders: string[]): Step[] {
  const steps: Step[] = [];
  for (;;) {
    while (reader.take(';'));
    if (!reader.next || isWord(reader.next, ...enders)) return steps;
    steps.push(step(reader));
  }
}

function step(reader: TokenReader): Step {
  const word = reader.next!.text.toUpperCase();
  switch (word) {
    case 'DECLARE':
      return declare(reader);
    case 'SET':
      return set(reader);
    case 'IF':
      return condition(reader);
    case 'LOOP': {
      reader.skip();
      const steps = body(reader, 'END');
      reader.need('END');
      reader.need('LOOP');
      return { kind: 'loop', body: steps };
    }
    case 'WHILE': {
      reader.skip();
      const test = reader.expression('DO');
      reader.need('DO');
      const steps = body(reader, 'END');
      reader.need('END');
      reader.need('WHILE');
      return { kind: 'loop', while: test, body: steps };
    }
    case 'REPEAT': {
      reader.skip();
      const steps = body(reader, 'UNTIL');
      reader.need('UNTIL');
      const until = reader.expression('END');
      reader.need('END');
      reader.need('REPEAT');
      return { kind: 'loop', until, body: steps };
    }
    case 'FOR':
      return forEach(reader);
    case 'BEGIN':
      return begin(reader);
    case 'COMMIT':
    case 'ROLLBACK':
      reader.until(semicolon);
      return { kind: 'transaction', action: word };
    case 'BREAK':
    case 'LEAVE':
      reader.skip();
      return { kind: 'break' };
    case 'CONTINUE':
    case 'ITERATE':
      reader.skip();
      return { kind: 'continue' };
    case 'RETURN':
      reader.skip();
      return { kind: 'return' };
    case 'RAISE':
      reader.skip();
      if (!reader.take('USING', 'MESSAGE')) return { kind: 'raise', message: undefined };
      reader.needSymbol('=');
      return { kind: 'raise', message: reader.until(semicolon) };
    case 'EXECUTE':
      return execute(reader);
    case 'CASE':
      return caseStatement(reader);
    case 'CALL':
      return call(reader);
    case 'CREATE':
      return { kind: 'sql', sql: createStatement(reader) };
    default:
      return { kind: 'sql', sql: reader.until(semicolon) };
  }
}

function declare(reader: TokenReader): Step {
  reader.skip();
  const names = reader.names();
  const type = reader.until((token) => semicolon(token) || isWord(token, 'DEFAULT'));
  const value = reader.take('DEFAULT') ? reader.until(semicolon) : undefined;
  return { kind: 'declare', names, type: type === '' ? undefined : type, value };
}

function set(reader: TokenReader): Step {
  reader.skip();
  if (reader.next?.kind === 'parameter') {
    const name = reader.next.value.toLowerCase();
    reader.skip();
    reader.needSymbol('=');
    return { kind: 'system', name, value: reader.until(semicolon) };
  }
  const several = reader.take('(');
  const names = several ? reader.names() : [reader.name()];
  if (several) reader.needSymbol(')');
  reader.needSymbol('=');
  return { kind: 'set', names, value: reader.until(semicolon), several };
}

function condition(reader: TokenReader): Step {
  reader.skip();
  const branches: Branch[] = [];
  let test: string | undefined = reader.expression('THEN');
  reader.need('THEN');
  for (;;) {
    branches.push({ condition: test, body: body(reader, 'ELSEIF', 'ELSE', 'END') });
    if (reader.take('ELSEIF')) {
      test = reader.expression('THEN');
      reader.need('THEN');
    } else if (reader.take('ELSE')) test = undefined;
    else break;
  }
  reader.need('END');
  reader.need('IF');
  return { kind: 'if', branches };
}

function caseStatement(reader: TokenReader): Step {
  reader.skip();
  const subject = isWord(reader.next, 'WHEN') ? undefined : reader.expression('WHEN');
  const branches: Branch[] = [];
  while (reader.take('WHEN')) {
    const test = reader.expression('THEN');
    reader.need('THEN');
    branches.push({ condition: test, body: body(reader, 'WHEN', 'ELSE', 'END') });
  }
  if (reader.take('ELSE')) branches.push({ condition: undefined, body: body(reader, 'END') });
  reader.need('END');
  reader.need('CASE');
  return { kind: 'case', subject, branches };
}

function call(reader: TokenReader): Step {
  reader.skip();
  const path = reader.path();
  const args = splitByComma(reader.bracketed())
    .filter((arg) => arg.length > 0)
    .map((arg) => reader.textOf(arg));
  return { kind: 'call', path, args };
}

/** A statement of DDL; the body of a procedure has semicolons of its own. */
function createStatement(reader: TokenReader): string {
  const start = reader.mark();
  const head = reader.until((token) => semicolon(token) || isWord(token, 'BEGIN'));
  if (!/^CREATE\s+(OR\s+REPLACE\s+)?PROCEDURE\b/i.test(head) || !isWord(reader.next, 'BEGIN'))
    return head + (semicolonNext(reader) ? '' : ` ${reader.until(semicolon)}`);
  reader.skip();
  body(reader, 'END', 'EXCEPTION');
  if (reader.take('EXCEPTION')) body(reader, 'END');
  reader.need('END');
  return reader.since(start);
}

const semicolonNext = (reader: TokenReader) => !reader.next || semicolon(reader.next);

function forEach(reader: TokenReader): Step {
  reader.skip();
  const name = reader.name();
  reader.need('IN');
  const query = reader.textOf(reader.bracketed());
  reader.need('DO');
  const steps = body(reader, 'END');
  reader.need('END');
  reader.need('FOR');
  return { kind: 'for', name, query, body: steps };
}

function begin(reader: TokenReader): Step {
  reader.skip();
  if (reader.take('TRANSACTION') || reader.next?.text === ';' || !reader.next)
    return { kind: 'transaction', action: 'BEGIN' };
  const steps = body(reader, 'END', 'EXCEPTION');
  let handler: Step[] | undefined;
  if (reader.take('EXCEPTION')) {
    for (const word of ['WHEN', 'ERROR', 'THEN']) reader.need(word);
    handler = body(reader, 'END');
  }
  reader.need('END');
  return { kind: 'block', body: steps, handler };
}

function execute(reader: TokenReader): Step {
  reader.skip();
  reader.need('IMMEDIATE');
  const sql = reader.until((token) => semicolon(token) || isWord(token, 'INTO', 'USING'));
  const into = reader.take('INTO') ? reader.names() : [];
  const using: { value: string; name: string | undefined }[] = [];
  if (reader.take('USING'))
    do {
      const value = reader.until((token) => semicolon(token) || isWord(token, 'AS', ','));
      using.push({ value, name: reader.take('AS') ? reader.name() : undefined });
    } while (reader.take(','));
  return { kind: 'execute', sql, into, using };
}

/** Whether a script needs the engine for itself from beginning to end. */
export function hasTransaction(steps: readonly Step[]): boolean {
  return steps.some((one) => {
    if (one.kind === 'transaction') return true;
    if (one.kind === 'if' || one.kind === 'case')
      return one.branches.some((branch) => hasTransaction(branch.body));
    if (one.kind === 'block') return hasTransaction([...one.body, ...(one.handler ?? [])]);
    return (one.kind === 'loop' || one.kind === 'for') && hasTransaction(one.body);
  });
}
