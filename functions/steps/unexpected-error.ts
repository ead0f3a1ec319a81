// The last barrier before the platform, which logs whatever a function throws, whole. Our own errors are made
// safe where they are made; anything else is a bug or a client's error that slipped through, and is reduced to
// its name and to where it was thrown.
import { SafeError, vouched, type Reason } from '../pipelines/reason.ts';

/** `at f (file:///…:1:2)`. */
const FRAME = /^ {4}at (?:[^()]+ \()?(?:file:|node:|\/|[A-Z]:\\)[^()]*:\d+:\d+\)?$/;

/** Runs `work`; what it throws holds no document value, path or id. */
export async function withoutData<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toSafeError(error);
  }
}

export function toSafeError(error: unknown): Error {
  if (error instanceof SafeError) return error;
  if (!(error instanceof Error)) return new Error(`Unexpected error of type ${typeof error}`);
  const safe = new Error(`Unexpected ${error.constructor.name}`);
  safe.stack = [`Error: ${safe.message}`, ...framesOf(error)].join('\n');
  return safe;
}

/** What a log line may say of it. */
export function reasonOf(error: unknown): Reason {
  return vouched(toSafeError(error).message);
}

/** A message may have lines that look like frames: the frames follow it, and end where something else was added. */
function framesOf({ message, stack = '' }: Error): readonly string[] {
  const end = stack.indexOf(`${message}\n`);
  if (end === -1 || stack.slice(0, end).includes('\n')) return [];
  const lines = stack.slice(end + message.length + 1).split('\n');
  const other = lines.findIndex((line) => !line.startsWith('    at '));
  return lines.slice(0, other === -1 ? undefined : other).filter((line) => FRAME.test(line));
}
