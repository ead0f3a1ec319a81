// internal_retryBigQuerySync: a task brings a claim check. It is trusted for nothing: the caller is identified,
// the failure and the document are looked up, and the table is the pipeline's.
import type { Context } from '../context.ts';
import type { DocumentVersion } from '../pipelines/pipeline.ts';
import { toAttempt } from '../steps/attempt.ts';
import { keyOf } from '../steps/deletion.ts';
import { owns, type Failure } from '../steps/failure.ts';
import type { Outcome } from '../steps/outcome.ts';
import type { PseudonymKey } from '../steps/pseudonym-key.ts';
import { reread, UNKNOWN_PIPELINE } from '../steps/reread.ts';
import { parseTaskBody, type TaskBody } from '../steps/task-body.ts';
import { deliver } from './deliver.ts';
import { restoreStatus, settle } from './settle.ts';

export interface TaskRequest {
  readonly method: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** 2xx ends the task; anything else makes the queue back off and try again. */
export interface TaskReply {
  readonly status: 200 | 400 | 401 | 403 | 500 | 503;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

export async function retryFailure(context: Context, request: TaskRequest): Promise<TaskReply> {
  const caller = await context.taskTokens.identify(request.authorization);
  if (caller === 'unauthenticated') return { status: 401, message: 'A token of the queue is needed' };
  if (caller === 'forbidden') return { status: 403, message: 'This account may not call the function' };

  const task = request.method === 'POST' ? parseTaskBody(request.body) : undefined;
  if (!task) return { status: 400, message: 'Expected a POST of {"v": 1, "failureId": …, "generation": …}' };

  const failure = await context.deadLetters.get(task.failureId);
  if (failure && owns(failure, task.generation)) return attemptAgain(context, task, failure);

  // The attempt that closed the record may have ended before it wrote the status.
  if (failure?.generation === task.generation) {
    await restoreStatus(context, failure, await context.documents.get(failure.documentPath));
  }
  return { status: 200, message: 'Nothing to do' };
}

async function attemptAgain(context: Context, task: TaskBody, failure: Failure): Promise<TaskReply> {
  const pipeline = context.pipelines.get(failure.pipeline);
  const found = await context.documents.get(failure.documentPath);
  const { source, obstacle } = reread(pipeline, failure.documentPath, failure.documentVersion, found);
  const key = keyFor(context, failure, source.version);

  const outcome: Outcome =
    pipeline && obstacle === undefined
      ? await deliver(context, pipeline, source, key)
      : { kind: 'dead', reason: obstacle ?? UNKNOWN_PIPELINE };

  const attempt = pipeline
    ? toAttempt(pipeline, source, key.version, task.generation, context.now())
    : { subject: failure, generation: task.generation, at: context.now() };
  const after = await settle(context, {
    failureId: task.failureId,
    attempt,
    outcome,
    seen: found,
  });
  return toReply(outcome, after);
}

/** A version is sent under one key, whoever sends it: the failed one under the key that it began with. */
function keyFor({ keyring }: Context, failure: Failure, version: DocumentVersion): PseudonymKey {
  const isTheFailedOne = version.updateTime === failure.documentVersion.updateTime;
  return isTheFailedOne ? keyring.get(failure.keyVersion) : keyOf(keyring, version);
}

function toReply(outcome: Outcome, after: Failure | undefined): TaskReply {
  switch (outcome.kind) {
    case 'delivered':
      return { status: 200, message: 'Delivered' };
    case 'dead':
      return { status: 200, message: 'Abandoned' };
    case 'erased':
      return { status: 200, message: 'Nothing to do' };
    case 'retry': {
      if (after?.status !== 'pending') return { status: 200, message: 'Abandoned' };
      const { overloaded, retryAfterSeconds } = outcome;
      return {
        status: overloaded ? 503 : 500,
        message: 'Not yet',
        ...(overloaded && retryAfterSeconds !== undefined ? { retryAfterSeconds } : {}),
      };
    }
  }
}
