// Protobuf's wire format, read in place. https://protobuf.dev/programming-guides/encoding/

import { SafeError, vouched } from '../pipelines/reason.ts';

/** It never holds a part of the event. */
export class EventError extends SafeError {
  constructor(problem: string) {
    super(vouched(`Cannot read the event: its body ${problem}`));
    this.name = 'EventError';
  }
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** The bytes, and, once it is wanted, their text: a string of ASCII is then a part of it, without a copy. */
export class Body {
  readonly bytes: Buffer;
  #latin1: string | undefined;

  constructor(body: Uint8Array) {
    this.bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }

  text(from: number, end: number): string {
    for (let i = from; i < end; i++) {
      if ((this.bytes[i] ?? 0) > 0x7f) return this.bytes.toString('utf8', from, end);
    }
    this.#latin1 ??= this.bytes.toString('latin1');
    return this.#latin1.slice(from, end);
  }
}

/** One message of the wire format: `next` stands on a field, which must then be read or skipped. */
export class Reader {
  readonly #body: Body;
  readonly #bytes: Buffer;
  readonly #from: number;
  readonly #end: number;
  #at: number;
  #wireType = VARINT;
  field = 0;

  constructor(body: Body, from: number, end: number) {
    this.#body = body;
    this.#bytes = body.bytes;
    this.#from = from;
    this.#at = from;
    this.#end = end;
  }

  /** The same message from its beginning. */
  again(): Reader {
    return new Reader(this.#body, this.#from, this.#end);
  }

  /** Whether both messages are of the same bytes. */
  equals(other: Reader): boolean {
    const [from, end] = [other.#from, other.#end];
    return (
      this.#end - this.#from === end - from &&
      this.#bytes.compare(other.#bytes, from, end, this.#from, this.#end) === 0
    );
  }

  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#length();
    this.field = tag >>> 3;
    this.#wireType = tag & 7;
    return true;
  }

  message(): Reader {
    const end = this.#endOfLength();
    const message = new Reader(this.#body, this.#at, end);
    this.#at = end;
    return message;
  }

  string(): string {
    const end = this.#endOfLength();
    const text = this.#body.text(this.#at, end);
    this.#at = end;
    return text;
  }

  /** A view, not a copy. */
  slice(): Buffer {
    const end = this.#endOfLength();
    const slice = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return slice;
  }

  isBytes(wanted: Buffer): boolean {
    const end = this.#endOfLength();
    const start = this.#at;
    this.#at = end;
    return end - start === wanted.length && this.#bytes.compare(wanted, 0, wanted.length, start, end) === 0;
  }

  beginsWith(wanted: Buffer): boolean {
    const end = this.#endOfLength();
    const start = this.#at;
    const until = start + wanted.length;
    this.#at = end;
    return until <= end && this.#bytes.compare(wanted, 0, wanted.length, start, until) === 0;
  }

  double(): number {
    this.#expect(FIXED64);
    this.#at += 8;
    if (this.#at > this.#end) throw new EventError('is cut short');
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  /** The nearest number, as the Admin SDK gives it. */
  int64(): number {
    this.#expect(VARINT);
    let [low, high, shift] = [0, 0, 0];
    for (;;) {
      const byte = this.#byte();
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        low |= (byte & 0x0f) << 28;
        high = (byte & 0x7f) >> 4;
      } else high |= (byte & 0x7f) << (shift - 32);
      if (byte < 0x80) break;
      shift += 7;
      if (shift > 63) throw new EventError('holds a number that is too long');
    }
    return (high | 0) * 0x1_0000_0000 + (low >>> 0);
  }

  skip(): void {
    switch (this.#wireType) {
      case VARINT:
        while (this.#byte() >= 0x80);
        break;
      case FIXED64:
        this.#at += 8;
        break;
      case LENGTH:
        this.#at = this.#endOfLength();
        break;
      case FIXED32:
        this.#at += 4;
        break;
      default:
        throw new EventError('is not of this format');
    }
    if (this.#at > this.#end) throw new EventError('is cut short');
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw new EventError('is not of this format');
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined || this.#at >= this.#end) throw new EventError('is cut short');
    this.#at++;
    return byte;
  }

  /** A varint of up to 31 bits: tags and lengths. */
  #length(): number {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      shift += 7;
      if (shift > 28) throw new EventError('is not of this format');
    }
    if (value < 0) throw new EventError('is not of this format');
    return value;
  }

  #endOfLength(): number {
    this.#expect(LENGTH);
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#end) throw new EventError('is cut short');
    return end;
  }
}
