// Somebody is to be forgotten: a deleted account, the operator's word, or a document that was deleted. Here it is only
// written down.
import type { Context } from '../context.ts';
import { requested } from '../steps/erasure.ts';

export interface ErasureRequest {
  /** Asking twice under one name is asking once. It says nothing of the person. */
  readonly name: string;
  /** The path parameter that names the person: `userId`; of a document, the pattern of its path. */
  readonly subject: string;
  /** Goes to Firestore, and nowhere else. */
  readonly id: string;
  /** Versions up to this time; without it, all that there are when the erasure begins, and for a while after. */
  readonly until?: Date;
}

/** Resolves when it is durable. */
export async function requestErasure(
  context: Context,
  { name, subject, id, until }: ErasureRequest,
): Promise<void> {
  await context.erasures.add(name, requested(subject, id, context.now(), until));
  context.log('INFO', 'Erasure requested', {});
}
