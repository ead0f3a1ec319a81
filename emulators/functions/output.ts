// Whose output a line is. All functions share one process and one pair of streams, so the name of the function
// travels with its asynchronous context and is put before the line as it is written.
import { AsyncLocalStorage } from 'node:async_hooks';
import { readableLine } from './log-line.ts';

const running = new AsyncLocalStorage<string>();

/** Everything that `run` writes, also later and from its callbacks, is told as the function's. */
export function runAs<Result>(functionName: string, run: () => Result): Result {
  return running.run(functionName, run);
}

/** Makes the lines that go through the stream readable; chunks that are no text pass as they are. */
export function nameOutput(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stream.write = (chunk: unknown, ...rest: unknown[]): boolean => {
    if (typeof chunk !== 'string') return write(chunk, ...rest);
    const name = running.getStore();
    const text = chunk
      .split('\n')
      .map((line) => (line === '' ? line : readableLine(line, name)))
      .join('\n');
    return write(text, ...rest);
  };
}
