// `pipeline failures show <id>`: one record with its audit. The document's path holds the person's id, so it is shown
// only when asked for.
import { UsageError } from '../../args.ts';
import { paint, table } from '../../terminal.ts';
import { defineVerb } from '../verb.ts';
import type { Connection } from '../connect.ts';
import { fingerprint } from './group.ts';
import { remedyFor } from './remedy.ts';

export const showVerb = defineVerb({
  name: 'failures show',
  summary:
    'One failure: by its id, the first digits of it, or the id of its group.\n' +
    'The path of the document names a person; it is shown with --path alone.',
  flags: { path: { help: 'Show the path of the document too.' } },
  positional: 'id',
  async run(connection, values, [wanted = '']) {
    const { context } = connection;
    const { id, failure } = await find(connection, wanted);
    const { documentPath, userId: _, sessionId: __, documentVersion, ...shown } = failure;
    const audits = await context.deadLetters.audits(id);
    const fields = {
      id,
      group: fingerprint(failure),
      ...shown,
      version: documentVersion.updateTime,
      remedy: failure.status === 'resolved' ? 'nothing: it is resolved' : remedyFor(failure.failureReason),
      ...(values.path ? { documentPath } : {}),
    };
    const rows = Object.entries(fields).map(([name, value]) => [name, toText(value)]);
    const audit = audits.map(
      ({ at, action, by, status }) => `  ${at.toISOString()}  ${action} by ${by}, was ${status}`,
    );
    const text = [table(rows), ...(audit.length > 0 ? ['', paint('bold', 'By hand'), ...audit] : [])].join(
      '\n',
    );
    return { text, json: { ...fields, audits } };
  },
});

async function find({ context }: Connection, wanted: string) {
  if (!/^[0-9a-f]{6,64}$/.test(wanted)) {
    throw new UsageError('failures show wants the id of a failure or a group: 6 to 64 hex digits.');
  }
  for await (const page of context.deadLetters.pages()) {
    const found = page.find(({ id, failure }) => id.startsWith(wanted) || fingerprint(failure) === wanted);
    if (found) return found;
  }
  throw new UsageError(`No failure has the id ${wanted}. "failures list" shows the groups.`);
}

function toText(value: string | number | Date | null): string {
  if (value === null) return '–';
  return value instanceof Date ? value.toISOString() : String(value);
}
