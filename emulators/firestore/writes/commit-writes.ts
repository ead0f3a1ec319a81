// Applies writes to a database, all or none, and says what became of each.
import type { ProtoWriteResult } from '../protocol/messages.ts';
import type { Micros } from '../protocol/time.ts';
import { toProtoTime } from '../protocol/time.ts';
import { toProtoValue } from '../protocol/values.ts';
import { invalidArgument } from '../../shared/status.ts';
import type { Database } from '../store/database.ts';
import type { Document } from '../store/document.ts';
import { applyWrite } from './apply-write.ts';
import type { Write } from './write.ts';

export interface Committed {
  readonly time: Micros;
  readonly results: readonly ProtoWriteResult[];
}

const MAX_TRANSFORMS = 500;

export function commitWrites(database: Database, writes: readonly Write[]): Committed {
  const transforms = writes.reduce(
    (sum, write) => sum + (write.kind === 'update' ? write.transforms.length : 0),
    0,
  );
  if (transforms > MAX_TRANSFORMS) {
    throw invalidArgument(
      `A commit may have ${MAX_TRANSFORMS} field transforms, this one has ${transforms}.`,
    );
  }
  const time = database.clock.commitTime();
  // A later write of the commit sees what the earlier ones did.
  const pending = new Map<string, Document | undefined>();
  const results = writes.map((write): ProtoWriteResult => {
    const before = pending.has(write.path) ? pending.get(write.path) : database.get(write.path);
    const { after, transformResults } = applyWrite(write, before, time, database.name);
    if (after !== before) pending.set(write.path, after);
    return {
      ...(after && write.kind === 'update' ? { updateTime: toProtoTime(after.updateTime) } : {}),
      ...(transformResults.length > 0 ? { transformResults: transformResults.map(toProtoValue) } : {}),
    };
  });
  const changes = [];
  for (const [path, after] of pending) {
    const before = database.get(path);
    if (before !== after) changes.push({ path: (after ?? before)!.path, before, after });
  }
  database.apply({ time, changes });
  return { time, results };
}
