// Somebody is to be forgotten: a deleted account, or the operator's word. Here it is only written down.
import type { Context } from '../context.ts';
import { requested } from '../steps/erasure.ts';

export interface ErasureRequest {
  /** Asking twice under one name is asking once. It says nothing of the person. */
  readonly name: string;
  /** The path parameter that names the person: `userId`. */
  readonly subject: string;
  /** Goes to Firestore, and nowhere else. */
  readonly id: string;
}

/** Resolves when it is durable. */
export async function requestErasure(context: Context, { name, subject, id }: ErasureRequest): Promise<void> {
  await context.erasures.add(name, requested(subject, id, context.now()));
  context.log('INFO', 'Erasure requested', {});
}
