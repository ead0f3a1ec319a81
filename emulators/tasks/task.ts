// A task and its attempts, as a queue keeps them and hands them out.

export interface HttpTarget {
  readonly url: string;
  readonly httpMethod: 'POST' | 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience?: string };
  readonly oauthToken?: { readonly serviceAccountEmail: string; readonly scope?: string };
}

export interface NewTask {
  /** The last part of the task's name; without it the queue makes one up. */
  readonly id?: string;
  readonly target: HttpTarget;
  /** In the past, or absent: now. */
  readonly scheduledAtMs?: number;
  readonly dispatchDeadlineMs: number;
}

export interface AttemptRecord {
  readonly scheduledAtMs: number;
  readonly dispatchedAtMs: number;
  readonly respondedAtMs?: number;
  readonly result?: AttemptResult;
}

export type AttemptResult =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number }
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'deadline' };

export interface Task {
  readonly id: string;
  readonly target: HttpTarget;
  readonly createdAtMs: number;
  readonly dispatchDeadlineMs: number;
  readonly scheduledAtMs: number;
  readonly dispatchCount: number;
  readonly responseCount: number;
  /** Answers but for those of 500 and above, which the service does not count as executions. */
  readonly executionCount: number;
  /** How the last attempt ended: absent when it reached nobody. */
  readonly previousStatus?: number;
  readonly firstAttempt?: AttemptRecord;
  readonly lastAttempt?: AttemptRecord;
}

/** What the queue hands out for each attempt: the task as it stood when the attempt began. */
export interface Attempt {
  readonly task: Task;
  /** Retries before this attempt; 0 on the first. */
  readonly retryCount: number;
  /** Executions before this attempt. */
  readonly executionCount: number;
}
