// The emulators as the driver of a bench sees them: a process that is asked over IPC.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Questions } from './emulators-process.ts';

export type { Counts, Loaded } from './emulators-process.ts';

export interface Emulators {
  /** Variables by which Google's clients find them. */
  readonly env: Readonly<Record<string, string>>;
  ask<Name extends keyof Questions>(
    name: Name,
    ...input: Parameters<Questions[Name]>
  ): ReturnType<Questions[Name]>;
  close(): void;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

export async function startEmulators(): Promise<Emulators> {
  const child = fork(path.join(import.meta.dirname, 'emulators-process.ts'), {
    serialization: 'advanced', // event bodies are bytes
    execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=8192'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('The emulators ended; see above.');
  });
  await Promise.race([once(child, 'message'), ended]);
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const ask = async (name: string, input?: unknown) => {
    const answered = new Promise<Answer>((resolve) => waiting.set(++lastId, resolve));
    child.send({ id: lastId, name, input });
    const answer = await Promise.race([answered, ended]);
    if (answer.error !== undefined) throw new Error(`Cannot ask the emulators for ${name}: ${answer.error}`);
    return answer.result;
  };
  return {
    env: (await ask('env')) as Record<string, string>,
    // The process answers what `Questions` says.
    ask: ask as Emulators['ask'],
    close() {
      ended.catch(() => undefined);
      child.disconnect();
    },
  };
}
