// The body of a Firestore event: protobuf, or, from the official emulator, the same as base64 text.

/** DocumentEventData begins with the tag of its field 1, 2 or 3; base64 text has no such bytes. */
export function decodeEventBody(body: Buffer): Buffer {
  const first = body[0];
  const isProtobuf = first === undefined || first === 0x0a || first === 0x12 || first === 0x1a;
  return isProtobuf ? body : Buffer.from(body.toString('latin1'), 'base64');
}
