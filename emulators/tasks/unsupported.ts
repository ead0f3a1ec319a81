// What the API has and this emulator does not: refused by name, whatever the transport.
import { StatusError } from '../shared/status.ts';

export const UNSUPPORTED_METHODS = [
  'GetIamPolicy',
  'SetIamPolicy',
  'TestIamPermissions',
  'BatchCreateTasks',
  'BatchDeleteTasks',
  'UpdateCmekConfig',
  'GetCmekConfig',
] as const;

/** Over REST alone, and in no descriptor. */
export const UNSUPPORTED_PATHS: Readonly<Record<string, string>> = {
  'POST /v2/projects/{project}/locations/{location}/queues/{queue}/tasks:buffer': 'BufferTask',
  'POST /v2/projects/{project}/locations/{location}/queues/{queue}/tasks/{task}:buffer': 'BufferTask',
  ...Object.fromEntries(
    ['GET', 'POST', 'PATCH', 'DELETE'].map((verb) => [
      `${verb} /v2beta2/{path=**}`,
      'google.cloud.tasks.v2beta2, whose place v2 has taken,',
    ]),
  ),
};

export function unimplemented(what: string): StatusError {
  return new StatusError('UNIMPLEMENTED', `${what} is not emulated`);
}

/** Throws for the first of `fields` that the message has set. */
export function refuseFields(type: string, message: object, fields: readonly string[]): void {
  for (const field of fields) {
    if ((message as Record<string, unknown>)[field] !== undefined) throw unimplemented(`${type}.${field}`);
  }
}
