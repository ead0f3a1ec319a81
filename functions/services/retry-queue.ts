// The Cloud Tasks queue behind a port. A task is a claim check: it names a failure and a generation.
import type { CloudTasksClient } from '@google-cloud/tasks';
import { taskId } from '../steps/ids.ts';
import { fromGrpcError, property } from './client-error.ts';

export interface ClaimCheck {
  readonly failureId: string;
  readonly generation: number;
}

export interface RetryQueue {
  /** Idempotent: a claim check that was already enqueued is a success. Throws a ServiceError. */
  enqueue(claim: ClaimCheck): Promise<void>;
  /** Whether its task still waits or runs. False when it is done, spent, deleted or was never made. */
  has(claim: ClaimCheck): Promise<boolean>;
}

export interface RetryQueueConfig {
  readonly project: string;
  readonly location: string;
  readonly queue: string;
  /** Full URL of the private function that the tasks call; also the audience of their token. */
  readonly url: string;
  readonly serviceAccount: string;
}

const NOT_FOUND = new Set([5, 404]);
const ALREADY_EXISTS = new Set([6, 409]);

export function createRetryQueue(client: CloudTasksClient, config: RetryQueueConfig): RetryQueue {
  const { project, location, queue, url, serviceAccount } = config;
  const parent = client.queuePath(project, location, queue);
  const name = (claim: ClaimCheck) =>
    client.taskPath(project, location, queue, taskId(claim.failureId, claim.generation));

  return {
    async enqueue({ failureId, generation }) {
      const body = JSON.stringify({ v: 1, failureId, generation });
      const task = {
        name: name({ failureId, generation }),
        httpRequest: {
          httpMethod: 'POST' as const,
          url,
          headers: { 'Content-Type': 'application/json' },
          body: Buffer.from(body).toString('base64'),
          oidcToken: { serviceAccountEmail: serviceAccount, audience: url },
        },
      };
      try {
        await client.createTask({ parent, task }, { maxRetries: 0 });
      } catch (error) {
        if (isCode(error, ALREADY_EXISTS)) return;
        throw fromGrpcError({ service: 'tasks', operation: 'createTask' }, error);
      }
    },

    async has(claim) {
      try {
        await client.getTask({ name: name(claim) });
        return true;
      } catch (error) {
        if (isCode(error, NOT_FOUND)) return false;
        throw fromGrpcError({ service: 'tasks', operation: 'getTask' }, error);
      }
    },
  };
}

function isCode(error: unknown, codes: ReadonlySet<number>): boolean {
  return codes.has(Number(property(error, 'code')));
}
