// Reads what a suite holds in the end, with Google's own clients, in the form in which it is checked.
import type { BigQuery } from '@google-cloud/bigquery';
import type { DocumentData, Firestore } from 'firebase-admin/firestore';
import { failureId } from '../../functions/steps/ids.ts';
import { expectedUserHash } from '../expected-pseudonym.ts';
import { DATASET } from '../provision.ts';
import type { Evidence, Row } from './check.ts';
import { toMicros, type Cell } from './expected-row.ts';

export type Held = Pick<
  Evidence,
  'keyOf' | 'failureIdOf' | 'raw' | 'latest' | 'failures' | 'statuses' | 'reconciled'
>;

export async function gather(firestore: Firestore, bigquery: BigQuery, secret: string): Promise<Held> {
  const hashes = new Map<string, string>();
  const hashOf = (user: string) => {
    const known = hashes.get(user) ?? expectedUserHash(secret, user, bigquery.projectId, DATASET);
    hashes.set(user, known);
    return known;
  };
  const read = async (name: string) => {
    const [rows] = await bigquery.query(`SELECT * FROM ${DATASET}.${name}`);
    return rows.map(toRow);
  };
  // The table first: a row that a stalled insert brings in meanwhile cannot make the view look old.
  const raw = await read('sessions');
  const latest = await read('sessions_latest');
  const failures = await firestore.collection('bigquerySyncFailures').get();
  const documents = await firestore
    .collectionGroup('sessions')
    .select('bigquerySyncStatus', 'bigquerySyncVersion')
    .get();
  const reports = await firestore.collection('bigquerySyncReports').orderBy('startedAt').get();
  return {
    reconciled: reports.docs.reduce((sum, report) => sum + Number(report.get('healed') ?? 0), 0),
    keyOf(path) {
      const [, user = '', , session = ''] = path.split('/');
      return `${hashOf(user)} ${session}`;
    },
    failureIdOf: (path) => failureId('sessions', path),
    latest,
    raw,
    failures: failures.docs.map((snapshot) => toFailure(snapshot.data())),
    statuses: new Map(
      documents.docs.map((snapshot) => [
        snapshot.ref.path,
        {
          state: String(snapshot.get('bigquerySyncStatus') ?? ''),
          version: String(snapshot.get('bigquerySyncVersion.updateTime') ?? ''),
        },
      ]),
    ),
  };
}

function toFailure(data: DocumentData) {
  return {
    path: String(data['documentPath']),
    status: String(data['status']),
    kind: String(data['failureKind']),
    reason: String(data['failureReason']),
    version: String(data['documentVersion']?.updateTime),
  };
}

function toRow(row: Record<string, unknown>): Row {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, toCell(value)]));
}

/** The client wraps timestamps. */
function toCell(value: unknown): Cell {
  if (typeof value === 'object' && value !== null && 'value' in value) return toMicros(String(value.value));
  return value as Cell;
}
