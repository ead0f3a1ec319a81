// The procedural language, read token by token. What is no statement of it is kept as SQL up to its semicolon.
import { notImplemented } from '../../errors.ts';
import { TokenReader } from '../../sql/ddl/token-reader.ts';
import { isWord } from '../../sql/lex.ts';
import type { Branch, Step } from './steps.ts';

/** Throws ApiError `invalidQuery` for a syntax error, `notImplemented` for statements that do not run here. */
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
      throw notImplemented('CASE as a statement');
    default: {
      const sql = reader.until(semicolon);
      if (/^CREATE\s+(OR\s+REPLACE\s+)?PROCEDURE\b/i.test(sql)) throw notImplemented('CREATE PROCEDURE');
      return { kind: 'sql', sql };
    }
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
  if (reader.next?.kind === 'parameter') throw notImplemented(`SET ${reader.next.text}`);
  let names: string[];
  if (reader.take('(')) {
    names = reader.names();
    reader.needSymbol(')');
  } else names = [reader.name()];
  reader.needSymbol('=');
  return { kind: 'set', names, value: reader.until(semicolon) };
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
    if (one.kind === 'if') return one.branches.some((branch) => hasTransaction(branch.body));
    if (one.kind === 'block') return hasTransaction([...one.body, ...(one.handler ?? [])]);
    return (one.kind === 'loop' || one.kind === 'for') && hasTransaction(one.body);
  });
}
