// How a careless line of code may write a text down. Case does not count: what is searched for and what is searched in
// are both lower-cased.
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

export interface Form {
  readonly name: string;
  readonly write: (text: string) => readonly string[];
}

/** Forms in which a part of the text is a part of what is written. */
export const FORMS: readonly Form[] = [
  { name: 'raw', write: (text) => [text] },
  { name: 'reversed', write: (text) => [[...text].toReversed().join('')] },
  { name: 'URL-encoded', write: (text) => [encodeURIComponent(text), encodeURI(text)] },
  { name: 'percent-encoded', write: (text) => [hexBytes(text, '%')] },
  { name: 'JSON', write: (text) => [toJson(text)] },
  {
    name: 'Unicode escapes',
    write: (text) => [
      escapeUnits(
        text,
        () => true,
        (unit) => `\\u${hex(unit, 4)}`,
      ),
      escapeUnits(text, isNotAscii, (unit) => `\\u${hex(unit, 4)}`),
      [...text].map((char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`).join(''),
      hexBytes(text, '\\x'),
    ],
  },
  { name: 'inspected', write: (text) => [inspect(text).slice(1, -1)] },
  {
    name: 'HTML-escaped',
    write: (text) => [
      toHtml(text, (char) => NAMED[char] ?? char),
      toHtml(text, (char) => (/[\w]/.test(char) ? char : `&#${char.codePointAt(0)};`)),
      toHtml(text, (char) => `&#x${(char.codePointAt(0) ?? 0).toString(16)};`),
    ],
  },
  { name: 'hex', write: (text) => [hexBytes(text, ''), Buffer.from(text).toJSON().data.join(',')] },
  {
    name: 'base64',
    write: (text) => inBase64(Buffer.from(text)),
  },
  {
    name: 'UTF-16',
    write: (text) => {
      const little = Buffer.from(text, 'utf16le');
      const big = Buffer.from(little).swap16();
      return [
        ...[little, big].flatMap((bytes) => [bytes.toString('latin1'), bytes.toString('hex')]),
        toJson(little.toString('latin1')),
        toJson(big.toString('latin1')),
        ...inBase64(little),
      ];
    },
  },
  { name: 'UTF-8 read as Latin-1', write: (text) => [Buffer.from(text).toString('latin1')] },
];

const ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha512'] as const;

/** Hashes without a key: whoever has a list of identifiers finds out whose they are. */
export const HASH_FORMS: readonly Form[] = ALGORITHMS.map((algorithm) => ({
  name: algorithm,
  write: (text) =>
    [Buffer.from(text), Buffer.from(text, 'utf16le')].flatMap((bytes) => {
      const digest = createHash(algorithm).update(bytes).digest();
      return [digest.toString('hex'), digest.toString('base64'), digest.toString('base64url')];
    }),
}));

/** The same text to whoever reads it: composed, decomposed, in capitals or not. */
export function variantsOf(text: string): readonly string[] {
  const normal = [text, ...(['NFC', 'NFD', 'NFKC', 'NFKD'] as const).map((form) => text.normalize(form))];
  return [...new Set(normal.flatMap((one) => [one, one.toLowerCase(), one.toUpperCase()]))];
}

/** Base64 of a text that stands somewhere inside another: what is the same at each of three offsets. */
function inBase64(bytes: Buffer): readonly string[] {
  const inside = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const isWhole = (bytes.length + offset) % 3 === 0;
    return encoded.slice([0, 2, 3][offset], isWhole ? undefined : -1);
  });
  return inside.flatMap((encoded) => [encoded, encoded.replaceAll('+', '-').replaceAll('/', '_')]);
}

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function toHtml(text: string, escape: (char: string) => string): string {
  return [...text].map(escape).join('');
}

function toJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function hexBytes(text: string, before: string): string {
  return [...Buffer.from(text)].map((byte) => `${before}${hex(byte, 2)}`).join('');
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function isNotAscii(unit: number): boolean {
  return unit > 0x7e;
}

function escapeUnits(text: string, isEscaped: (unit: number) => boolean, escape: (unit: number) => string) {
  let escaped = '';
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    escaped += isEscaped(unit) ? escape(unit) : text.charAt(i);
  }
  return escaped;
}
