// DocumentEventData, written by hand around documents that are already serialised: no decoding, no schema.
// https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto

const LENGTH_DELIMITED = 2;
const VALUE = 1;
const OLD_VALUE = 2;
const UPDATE_MASK = 3;
const MASK_FIELD_PATHS = 1;
const DOCUMENT_FIELDS = 2;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

/** A missing side is an absent field, never an empty document: readers tell a deletion by it. */
export function encodeEventData(
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
  updateMask: readonly string[],
): Buffer {
  const parts: Uint8Array[] = [];
  if (after) parts.push(...field(VALUE, after));
  if (before) parts.push(...field(OLD_VALUE, before));
  const paths = updateMask.flatMap((path) => field(MASK_FIELD_PATHS, Buffer.from(path, 'utf8')));
  parts.push(...field(UPDATE_MASK, Buffer.concat(paths)));
  return Buffer.concat(parts);
}

/**
 * The top-level fields that differ between two serialised documents, as field paths. Empty when the write
 * changed nothing: such a write is no event.
 */
export function changedFields(before: Uint8Array, after: Uint8Array): string[] {
  const old = readFields(before);
  const now = readFields(after);
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names]
    .filter((name) => {
      const a = old.get(name);
      const b = now.get(name);
      return !a || !b || !a.equals(b);
    })
    .map(toFieldPath)
    .toSorted();
}

function toFieldPath(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}

function readFields(document: Uint8Array): Map<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (const { number, bytes } of readMessage(document)) {
    if (number !== DOCUMENT_FIELDS) continue;
    let key = '';
    let value: Buffer = Buffer.alloc(0);
    for (const part of readMessage(bytes)) {
      if (part.number === ENTRY_KEY) key = part.bytes.toString('utf8');
      if (part.number === ENTRY_VALUE) value = part.bytes;
    }
    fields.set(key, value);
  }
  return fields;
}

/** The length-delimited fields of a message: Document and its map entries have no others. */
function* readMessage(message: Uint8Array): Generator<{ number: number; bytes: Buffer }> {
  const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = () => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = buffer[at++];
      if (byte === undefined) throw new Error('Cannot read document: truncated protobuf');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  };
  while (at < buffer.length) {
    const tag = varint();
    if ((tag & 7) !== LENGTH_DELIMITED) throw new Error(`Cannot read document: wire type ${tag & 7}`);
    const length = varint();
    yield { number: tag >> 3, bytes: buffer.subarray(at, at + length) };
    at += length;
  }
}

function field(number: number, bytes: Uint8Array): Uint8Array[] {
  return [Buffer.from([(number << 3) | LENGTH_DELIMITED, ...encodeVarint(bytes.length)]), bytes];
}

function encodeVarint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
