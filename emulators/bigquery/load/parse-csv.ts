// CSV to rows of text, as RFC 4180 has it: quoted fields may hold delimiters, quotes and line breaks.

export interface CsvOptions {
  readonly delimiter: string;
  /** Empty: nothing is quoted. */
  readonly quote: string;
}

export interface CsvField {
  readonly text: string;
  readonly quoted: boolean;
}

export function parseCsv(text: string, { delimiter, quote }: CsvOptions): CsvField[][] {
  const rows: CsvField[][] = [];
  let row: CsvField[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const quoted = quote !== '' && text.startsWith(quote, at);
    let field = '';
    if (quoted) {
      at += quote.length;
      for (;;) {
        const end = text.indexOf(quote, at);
        if (end < 0) throw new Error('Missing close quote character (").');
        field += text.slice(at, end);
        at = end + quote.length;
        if (!text.startsWith(quote, at)) break;
        field += quote;
        at += quote.length;
      }
    } else {
      const start = at;
      while (at < text.length && text[at] !== '\n' && text[at] !== '\r' && !text.startsWith(delimiter, at))
        at++;
      field = text.slice(start, at);
    }
    row.push({ text: field, quoted });
    if (text.startsWith(delimiter, at)) {
      at += delimiter.length;
      if (at >= text.length) row.push({ text: '', quoted: false });
      else if (text[at] === '\n' || text[at] === '\r') row.push({ text: '', quoted: false });
      else continue;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    if (row.length > 1 || row[0]!.text !== '' || row[0]!.quoted) rows.push(row);
    row = [];
  }
  return rows;
}
