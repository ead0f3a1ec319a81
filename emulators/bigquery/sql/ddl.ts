// CREATE, ALTER, DROP and TRUNCATE, parsed by hand: the parser proper knows little of BigQuery's DDL
// (OPTIONS, PARTITION BY, CLUSTER BY). Pure: text to a description of what is wanted.
import { invalidQuery, notImplemented } from '../errors.ts';
import { fieldType } from '../schema.ts';
import type { Field } from '../schema.ts';
import { closing, isWord, lex, position } from './lex.ts';
import type { Token } from './lex.ts';

export type Options = Readonly<Record<string, string>>;

interface Named {
  readonly path: readonly string[];
}

export interface CreateTable extends Named {
  readonly kind: 'createTable';
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly temporary: boolean;
  readonly fields: readonly Field[] | undefined;
  readonly query: string | undefined;
  /** `CREATE TABLE … LIKE source`, or COPY or CLONE with its rows. */
  readonly source: { readonly path: readonly string[]; readonly rows: boolean } | undefined;
  readonly partitionBy: string | undefined;
  readonly clusterBy: readonly string[];
  readonly options: Options;
}

export interface CreateView extends Named {
  readonly kind: 'createView';
  readonly materialized: boolean;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly columns: readonly string[];
  readonly query: string;
  readonly options: Options;
}

export interface CreateSchema extends Named {
  readonly kind: 'createSchema';
  readonly ifNotExists: boolean;
  readonly options: Options;
}

export interface Drop extends Named {
  readonly kind: 'drop';
  readonly what: 'TABLE' | 'VIEW' | 'MATERIALIZED VIEW' | 'SCHEMA';
  readonly ifExists: boolean;
  readonly cascade: boolean;
}

export type AlterAction =
  | { readonly kind: 'addColumn'; readonly field: Field; readonly ifNotExists: boolean }
  | { readonly kind: 'dropColumn'; readonly column: string; readonly ifExists: boolean }
  | { readonly kind: 'renameColumn'; readonly column: string; readonly to: string }
  | { readonly kind: 'dropNotNull'; readonly column: string }
  | { readonly kind: 'setType'; readonly column: string; readonly field: Field }
  | { readonly kind: 'columnOptions'; readonly column: string; readonly options: Options }
  | { readonly kind: 'setOptions'; readonly options: Options }
  | { readonly kind: 'rename'; readonly to: string };

export interface Alter extends Named {
  readonly kind: 'alter';
  readonly what: 'TABLE' | 'VIEW' | 'SCHEMA';
  readonly ifExists: boolean;
  readonly actions: readonly AlterAction[];
}

export interface Truncate extends Named {
  readonly kind: 'truncate';
}

export type Ddl = CreateTable | CreateView | CreateSchema | Drop | Alter | Truncate;

/** Throws ApiError `invalidQuery` for a syntax error, `notImplemented` for a statement that is not DDL we know. */
export function parseDdl(sql: string): Ddl {
  return new DdlParser(sql).statement();
}

class DdlParser {
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string) {
    this.#sql = sql;
    this.#tokens = lex(sql);
  }

  statement(): Ddl {
    if (this.#take('CREATE')) return this.#create();
    if (this.#take('DROP')) return this.#drop();
    if (this.#take('ALTER')) return this.#alter();
    this.#need('TRUNCATE');
    this.#need('TABLE');
    return { kind: 'truncate', path: this.#path() };
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #fail(wanted: string): never {
    const token = this.#next;
    const found = token ? `got "${token.text}"` : 'but got end of statement';
    throw invalidQuery(
      `Syntax error: Expected ${wanted} ${found} at ${position(this.#sql, token?.start ?? this.#sql.length)}`,
    );
  }

  #take(...words: string[]): boolean {
    for (const [i, word] of words.entries()) if (!isWord(this.#tokens[this.#at + i], word)) return false;
    this.#at += words.length;
    return true;
  }

  #need(word: string): void {
    if (!this.#take(word)) this.#fail(`keyword ${word}`);
  }

  #name(): string {
    const token = this.#next;
    if (token?.kind !== 'word' && token?.kind !== 'quoted') this.#fail('identifier');
    this.#at++;
    return token.value;
  }

  /** `a.b.c`, quoted whole or in parts; a project may have dashes. */
  #path(): string[] {
    const parts = [this.#name()];
    for (;;) {
      const token = this.#next;
      if (token?.text === '-' && this.#tokens[this.#at - 1]!.end === token.start) {
        const rest = this.#tokens[this.#at + 1]!;
        this.#at += 2;
        parts.push(`${parts.pop()!}-${rest.value}`);
      } else if (token?.text === '.') {
        this.#at++;
        const part = this.#next;
        if (part?.kind === 'number') this.#at++;
        parts.push(part?.kind === 'number' ? part.value : this.#name());
      } else return parts.flatMap((part) => part.split('.'));
    }
  }

  #bracketed(): readonly Token[] {
    if (this.#next?.text !== '(') this.#fail('"("');
    const end = closing(this.#tokens, this.#at);
    const inner = this.#tokens.slice(this.#at + 1, end);
    this.#at = end + 1;
    return inner;
  }

  #textOf(tokens: readonly Token[]): string {
    return tokens.length === 0 ? '' : this.#sql.slice(tokens[0]!.start, tokens.at(-1)!.end);
  }

  #options(): Options {
    if (!this.#take('OPTIONS')) return {};
    const inner = this.#bracketed();
    return Object.fromEntries(
      splitByComma(inner)
        .filter((option) => option.length > 0)
        .map((option) => [option[0]!.value.toLowerCase(), this.#textOf(option.slice(2))]),
    );
  }

  #rest(): string {
    const text = this.#sql.slice(this.#next?.start ?? this.#sql.length);
    this.#at = this.#tokens.length;
    return text;
  }

  #ifNotExists(): boolean {
    return this.#take('IF', 'NOT', 'EXISTS');
  }

  #create(): Ddl {
    const orReplace = this.#take('OR', 'REPLACE');
    const temporary = this.#take('TEMP') || this.#take('TEMPORARY');
    if (this.#take('SCHEMA')) {
      const ifNotExists = this.#ifNotExists();
      const path = this.#path();
      if (this.#take('DEFAULT')) {
        this.#need('COLLATE');
        this.#at++;
      }
      return { kind: 'createSchema', ifNotExists, path, options: this.#options() };
    }
    if (this.#take('TABLE')) return this.#createTable(orReplace, temporary);
    const materialized = this.#take('MATERIALIZED');
    if (this.#take('VIEW')) return this.#createView(orReplace, materialized);
    throw notImplemented(`CREATE ${this.#next?.text.toUpperCase() ?? ''}`);
  }

  #createTable(orReplace: boolean, temporary: boolean): CreateTable {
    if (isWord(this.#next, 'FUNCTION')) throw notImplemented('CREATE TABLE FUNCTION');
    const ifNotExists = this.#ifNotExists();
    const path = this.#path();
    let source: CreateTable['source'];
    for (const word of ['LIKE', 'COPY', 'CLONE'])
      if (this.#take(word)) source = { path: this.#path(), rows: word !== 'LIKE' };
    const fields = this.#next?.text === '(' ? this.#columns() : undefined;
    let partitionBy: string | undefined;
    let clusterBy: string[] = [];
    let options: Options = {};
    let query: string | undefined;
    while (this.#next) {
      if (this.#take('PARTITION', 'BY')) partitionBy = this.#expression('CLUSTER', 'OPTIONS', 'AS');
      else if (this.#take('CLUSTER', 'BY')) clusterBy = this.#names();
      else if (isWord(this.#next, 'OPTIONS')) options = this.#options();
      else if (this.#take('AS')) query = this.#rest();
      else if (this.#take('DEFAULT', 'COLLATE')) this.#at++;
      else this.#fail('end of statement');
    }
    return {
      kind: 'createTable',
      orReplace,
      ifNotExists,
      temporary,
      path,
      fields,
      query,
      source,
      partitionBy,
      clusterBy,
      options,
    };
  }

  #expression(...enders: string[]): string {
    const start = this.#at;
    while (this.#next && !isWord(this.#next, ...enders))
      this.#at = this.#next.text === '(' ? closing(this.#tokens, this.#at) + 1 : this.#at + 1;
    return this.#textOf(this.#tokens.slice(start, this.#at));
  }

  #names(): string[] {
    const names = [this.#name()];
    while (this.#take(',')) names.push(this.#name());
    return names;
  }

  #createView(orReplace: boolean, materialized: boolean): CreateView {
    const ifNotExists = this.#ifNotExists();
    const path = this.#path();
    const columns =
      this.#next?.text === '(' ? splitByComma(this.#bracketed()).map((column) => column[0]!.value) : [];
    if (this.#take('PARTITION', 'BY')) this.#expression('CLUSTER', 'OPTIONS', 'AS');
    if (this.#take('CLUSTER', 'BY')) this.#names();
    const options = this.#options();
    this.#need('AS');
    return {
      kind: 'createView',
      materialized,
      orReplace,
      ifNotExists,
      path,
      columns,
      query: this.#rest(),
      options,
    };
  }

  #columns(): Field[] {
    const end = closing(this.#tokens, this.#at);
    const fields: Field[] = [];
    this.#at++;
    while (this.#at < end) {
      if (this.#constraint()) continue;
      fields.push(this.#column());
      if (this.#at < end && !this.#take(',')) this.#fail('"," or ")"');
    }
    this.#at = end + 1;
    return fields;
  }

  /** Keys are never enforced; they are skipped. */
  #constraint(): boolean {
    if (!isWord(this.#next, 'PRIMARY', 'FOREIGN', 'CONSTRAINT')) return false;
    while (this.#next && this.#next.text !== ',' && this.#next.text !== ')')
      this.#at = this.#next.text === '(' ? closing(this.#tokens, this.#at) + 1 : this.#at + 1;
    this.#take(',');
    return true;
  }

  #column(): Field {
    const name = this.#name();
    return this.#attributes({ ...this.#type(), name });
  }

  #attributes(field: Field): Field {
    let result: Field = field.mode ? field : { ...field, mode: 'NULLABLE' };
    for (;;) {
      if (this.#take('NOT', 'NULL')) result = { ...result, mode: 'REQUIRED' };
      else if (this.#take('PRIMARY', 'KEY')) this.#take('NOT', 'ENFORCED');
      else if (this.#take('DEFAULT')) {
        const start = this.#at;
        while (this.#next && !isWord(this.#next, ',', ')', 'NOT', 'OPTIONS'))
          this.#at = this.#next.text === '(' ? closing(this.#tokens, this.#at) + 1 : this.#at + 1;
        result = { ...result, defaultValueExpression: this.#textOf(this.#tokens.slice(start, this.#at)) };
      } else if (isWord(this.#next, 'OPTIONS')) {
        const { description } = this.#options();
        if (description !== undefined) result = { ...result, description: stringOption(description) };
      } else if (this.#take('COLLATE')) this.#at++;
      else return result;
    }
  }

  #type(): Omit<Field, 'name'> & { readonly type: Field['type'] } {
    const word = this.#name().toUpperCase();
    if (word === 'ARRAY') {
      this.#needSymbol('<');
      const element = this.#type();
      this.#attributes({ ...element, name: '' });
      this.#needSymbol('>');
      return { ...element, mode: 'REPEATED' };
    }
    if (word === 'STRUCT') {
      this.#needSymbol('<');
      const fields: Field[] = [];
      do fields.push(this.#column());
      while (this.#take(','));
      this.#needSymbol('>');
      return { type: 'RECORD', fields };
    }
    let type: Field['type'];
    try {
      type = fieldType(word);
    } catch {
      throw invalidQuery(
        `Type not found: ${word} at ${position(this.#sql, this.#tokens[this.#at - 1]!.start)}`,
      );
    }
    if (this.#next?.text !== '(') return { type };
    const [first, second] = splitByComma(this.#bracketed()).map((part) => part[0]?.text);
    if (type === 'STRING' || type === 'BYTES') return { type, maxLength: first };
    return { type, precision: first, ...(second === undefined ? {} : { scale: second }) };
  }

  #needSymbol(symbol: string): void {
    if (this.#next?.text !== symbol) this.#fail(`"${symbol}"`);
    this.#at++;
  }

  #what(): 'TABLE' | 'VIEW' | 'SCHEMA' | 'MATERIALIZED VIEW' {
    if (this.#take('MATERIALIZED', 'VIEW')) return 'MATERIALIZED VIEW';
    for (const what of ['TABLE', 'VIEW', 'SCHEMA'] as const) if (this.#take(what)) return what;
    throw notImplemented(`${this.#tokens[0]!.text.toUpperCase()} ${this.#next?.text.toUpperCase() ?? ''}`);
  }

  #drop(): Drop {
    const what = this.#what();
    const ifExists = this.#take('IF', 'EXISTS');
    const path = this.#path();
    const cascade = this.#take('CASCADE');
    if (!cascade) this.#take('RESTRICT');
    return { kind: 'drop', what, ifExists, path, cascade };
  }

  #alter(): Alter {
    const what = this.#what();
    const ifExists = this.#take('IF', 'EXISTS');
    const path = this.#path();
    const actions: AlterAction[] = [];
    do actions.push(this.#alterAction());
    while (this.#take(','));
    if (this.#next) this.#fail('end of statement');
    return { kind: 'alter', what: what === 'MATERIALIZED VIEW' ? 'VIEW' : what, ifExists, path, actions };
  }

  #alterAction(): AlterAction {
    if (this.#take('ADD', 'COLUMN')) {
      const ifNotExists = this.#ifNotExists();
      return { kind: 'addColumn', ifNotExists, field: this.#column() };
    }
    if (this.#take('DROP', 'COLUMN')) {
      const ifExists = this.#take('IF', 'EXISTS');
      return { kind: 'dropColumn', ifExists, column: this.#name() };
    }
    if (this.#take('RENAME', 'COLUMN')) {
      this.#take('IF', 'EXISTS');
      const column = this.#name();
      this.#need('TO');
      return { kind: 'renameColumn', column, to: this.#name() };
    }
    if (this.#take('RENAME', 'TO')) return { kind: 'rename', to: this.#name() };
    if (this.#take('SET', 'OPTIONS')) {
      this.#at--;
      return { kind: 'setOptions', options: this.#options() };
    }
    if (this.#take('ALTER', 'COLUMN')) {
      this.#take('IF', 'EXISTS');
      const column = this.#name();
      if (this.#take('DROP', 'NOT', 'NULL')) return { kind: 'dropNotNull', column };
      if (this.#take('SET', 'DATA', 'TYPE'))
        return { kind: 'setType', column, field: { ...this.#type(), name: column } };
      if (this.#take('SET', 'OPTIONS')) {
        this.#at--;
        return { kind: 'columnOptions', column, options: this.#options() };
      }
    }
    throw notImplemented(`ALTER … ${this.#next?.text.toUpperCase() ?? ''}`);
  }
}

function splitByComma(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'symbol' && '([{'.includes(token.text)) depth++;
    if (token.kind === 'symbol' && ')]}'.includes(token.text)) depth--;
    if (depth === 0 && token.text === ',' && token.kind === 'symbol') parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}

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
