// The params, which have been parsed when doctor runs: where they come from, and what two of them promise each other.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readWantedQueue } from '../../provision/queue.ts';
import type { Connection } from '../connect.ts';
import type { Check } from './finding.ts';

const FUNCTIONS = path.join(import.meta.dirname, '..', '..', '..', 'functions');

export function configCheck({ config, project }: Connection): Check {
  return {
    area: 'Config',
    look: async (say) => {
      const names = ['.env', `.env.${project}`, '.env.local'];
      const files = names.filter((name) => existsSync(path.join(FUNCTIONS, name)));
      const source = files.length > 0 ? `functions/${files.join(', functions/')}` : 'defaults alone';
      const { region, dataset, bigqueryProject, queue, retry } = config;
      const { maxAttempts: queueAttempts } = readWantedQueue(queue).retryConfig;
      const isSeenOut = queueAttempts === -1 || retry.maxAttempts < queueAttempts;
      return [
        say('ok', `region ${region}, dataset ${bigqueryProject}.${dataset}, queue ${queue}: from ${source}`),
        isSeenOut
          ? say(
              'ok',
              `${retry.maxAttempts} attempts, and ${queueAttempts === -1 ? 'no limit' : queueAttempts} in queue.yaml`,
            )
          : say(
              'error',
              `SYNC_MAX_ATTEMPTS is ${retry.maxAttempts}, and queue.yaml ends a task after ${queueAttempts}: the last attempt would not be recorded`,
              `set task_retry_limit in queue.yaml to ${retry.maxAttempts} or more, and provision`,
            ),
      ];
    },
  };
}
