// The Cloud Tasks queue behind a port. A task is a claim check: it names a failure and a generation.
import { taskId, type FailureId } from '../steps/ids.ts';
import { ServiceError } from '../steps/service-error.ts';
import { NoAnswer, type Answer, type GoogleApi } from './google-api.ts';

export interface ClaimCheck {
  readonly failureId: FailureId;
  readonly generation: number;
}

export interface RetryQueue {
  /** Idempotent: a claim check that was already enqueued is a success. Throws a ServiceError. */
  enqueue(claim: ClaimCheck): Promise<void>;
  /** Whether its task still waits or runs. False when it is done, spent, deleted or was never made. */
  has(claim: ClaimCheck): Promise<boolean>;
  /** Idempotent; its name stays used. */
  remove(claim: ClaimCheck): Promise<void>;
}

export interface RetryQueueConfig {
  readonly project: string;
  readonly location: string;
  readonly queue: string;
  /** Full URL of the private function that the tasks call; also the audience of their token. */
  readonly url: string;
  readonly serviceAccount: string;
}

export function createRetryQueue(api: GoogleApi, config: RetryQueueConfig): RetryQueue {
  const { project, location, queue, url, serviceAccount } = config;
  const parent = `projects/${project}/locations/${location}/queues/${queue}/tasks`;
  const nameOf = ({ failureId, generation }: ClaimCheck) => `${parent}/${taskId(failureId, generation)}`;

  return {
    async enqueue({ failureId, generation }) {
      const claim = JSON.stringify({ v: 1, failureId, generation });
      const task = {
        name: nameOf({ failureId, generation }),
        httpRequest: {
          httpMethod: 'POST',
          url,
          headers: { 'Content-Type': 'application/json' },
          body: Buffer.from(claim).toString('base64'),
          oidcToken: { serviceAccountEmail: serviceAccount, audience: url },
        },
      };
      const answer = await call('createTask', api.post(`/v2/${parent}`, JSON.stringify({ task })));
      if (answer.status !== ALREADY_EXISTS) check('createTask', answer);
    },

    async has(claim) {
      const answer = await call('getTask', api.get(`/v2/${nameOf(claim)}`));
      if (answer.status === NOT_FOUND) return false;
      check('getTask', answer);
      return true;
    },

    async remove(claim) {
      const answer = await call('deleteTask', api.delete(`/v2/${nameOf(claim)}`));
      if (answer.status !== NOT_FOUND) check('deleteTask', answer);
    },
  };
}

const NOT_FOUND = 404;
const ALREADY_EXISTS = 409;

async function call(operation: string, answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error;
    const { networkCode } = error;
    throw new ServiceError({ service: 'tasks', operation, ...(networkCode ? { networkCode } : {}) });
  });
}

function check(operation: string, { status }: Answer): void {
  if (status < 200 || status >= 300)
    throw new ServiceError({ service: 'tasks', operation, httpStatus: status });
}
