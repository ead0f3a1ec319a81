// What a pseudonym must be, worked out by hand from RFC 2104 and RFC 5869: for the tests and the commands that check
// what arrived. It shares no code with the functions, so that a mistake there is not made here again.
import { createHash } from 'node:crypto';

export interface Pseudonymised {
  /** Of the dataset. */
  readonly project: string;
  readonly dataset: string;
  readonly column: string;
  readonly kind: string;
  readonly id: string;
}

export function expectedPseudonym(secret: string | Buffer, about: Pseudonymised): string {
  const { project, dataset, column, kind, id } = about;
  const extracted = hmac(Buffer.alloc(32), Buffer.from(secret as string));
  const key = hmac(extracted, Buffer.concat([counted('pseudonym', project, dataset, column), Buffer.of(1)]));
  return hmac(key, counted(kind, id)).toString('hex');
}

/** Of a person, as the tables of the local suite have it. */
export function expectedUserHash(
  secret: string,
  userId: string,
  project = 'demo-local',
  dataset = 'analytics_production',
): string {
  return expectedPseudonym(secret, { project, dataset, column: 'user_id_hash', kind: 'text', id: userId });
}

function hmac(key: Buffer, message: Buffer): Buffer {
  const block = Buffer.alloc(64);
  (key.length > 64 ? sha256(key) : key).copy(block);
  const [inner, outer] = [0x36, 0x5c].map((pad) => Buffer.from(block.map((byte) => byte ^ pad)));
  return sha256(outer!, sha256(inner!, message));
}

function sha256(...parts: readonly Buffer[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

function counted(...texts: readonly string[]): Buffer {
  const parts = texts.map((text) => Buffer.from(text));
  return Buffer.concat(parts.flatMap((part) => [Buffer.from(`${part.length}:`), part]));
}
