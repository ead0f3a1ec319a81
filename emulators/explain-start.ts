// Why a part could not start, in words for the person at the keyboard, with what to do about it.
import type { Part } from './parts.ts';
import { findPortOwner } from './shared/port-owner.ts';

/** Errors that need no translation come back as they are. */
export async function explainStart(part: Part, port: number, error: unknown): Promise<unknown> {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'EADDRINUSE') {
    const owner = await findPortOwner(port);
    const by = owner ? ` by process ${owner.pid} (${owner.command})` : '';
    return new Error(
      `Cannot start ${part}: port ${port} is taken${by}. Stop what listens there, or move all ports with --port-offset N.`,
      { cause: error },
    );
  }
  // DuckDB has no code for it: one process at a time may have the file open.
  if (part === 'bigquery' && typeof message === 'string' && /set lock on file/.test(message)) {
    return new Error(
      'Cannot start bigquery: another process has its data file open. Stop the other suite, or choose another --data DIR.',
      { cause: error },
    );
  }
  return error;
}
