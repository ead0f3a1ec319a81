// The final account of a run: every completed session is looked for, by its own identity, in BigQuery and among the
// failures. Its pseudonyms are computed here once more, independently of the functions.
import type { BigQuery } from '@google-cloud/bigquery';
import type { Firestore } from 'firebase-admin/firestore';
import { expectedUserHash } from '../expected-pseudonym.ts';
import type { Written } from './workload.ts';

export interface Account {
  readonly completed: number;
  readonly skipped: number;
  /** Rows of the raw table, which is at-least-once. */
  readonly rows: number;
  /** Rows of `sessions_latest`. */
  readonly latest: number;
  /** Failures that a retry brought in. */
  readonly resolved: number;
  readonly abandoned: number;
  readonly pending: number;
  /** Completed sessions that are neither in BigQuery nor among the failures. */
  readonly lost: number;
  /** Sessions that `sessions_latest` holds more than once. */
  readonly duplicates: number;
  readonly reasons: ReadonlyMap<string, number>;
}

export async function takeAccount(
  bigquery: BigQuery,
  firestore: Firestore,
  dataset: string,
  secret: string,
  written: Written,
): Promise<Account> {
  const table = `\`${bigquery.projectId}.${dataset}\``.replace(/`$/, '');
  const [[raw]] = await bigquery.query(`SELECT COUNT(*) AS n FROM ${table}.sessions\``);
  const [keys] = await bigquery.query(`SELECT user_id_hash, session_id FROM ${table}.sessions_latest\``);
  const visible = new Map<string, number>();
  for (const { user_id_hash: user, session_id: session } of keys) {
    const key = `${user} ${session}`;
    visible.set(key, (visible.get(key) ?? 0) + 1);
  }
  const failures = (await firestore.collection('bigquerySyncFailures').get()).docs.map((doc) => doc.data());
  const byStatus = (status: string) => failures.filter((failure) => failure['status'] === status);
  const setAside = new Set(failures.map((failure) => failure['documentPath'] as string));
  const reasons = new Map<string, number>();
  for (const { failureReason } of byStatus('abandoned')) {
    reasons.set(failureReason, (reasons.get(failureReason) ?? 0) + 1);
  }

  const keyOf = (path: string) => {
    const [, user = '', , session = ''] = path.split('/');
    return `${expectedUserHash(secret, user, bigquery.projectId, dataset)} ${session}`;
  };
  const isLost = (path: string) => !visible.has(keyOf(path)) && !setAside.has(path);
  return {
    completed: written.completed.size,
    skipped: written.skipped,
    rows: Number(raw.n),
    latest: keys.length,
    resolved: byStatus('resolved').length,
    abandoned: byStatus('abandoned').length,
    pending: byStatus('pending').length,
    lost: [...written.completed].filter(isLost).length,
    duplicates: [...visible.values()].filter((count) => count > 1).length,
    reasons,
  };
}
