// Brings BigQuery and the indexes of Firestore to what the files say, for a suite that starts; its queue is there. The
// operator's `provision` makes the same parts, and the queue: provision/parts.ts.
import { createBigQueryPart } from './provision/bigquery/part.ts';
import { readWanted } from './provision/bigquery/wanted.ts';
import { createFirestorePart } from './provision/firestore.ts';
import { connectApis } from './provision/parts.ts';
import { applyAll } from './provision/plan.ts';
import { renderResult } from './provision/render.ts';

export interface ProvisionOptions {
  readonly project: string;
  /** Default `analytics_production`. */
  readonly dataset?: string;
  /** Default `asia-northeast1`. */
  readonly location?: string;
  /** Variables of the local suite: what they lead to is made. */
  readonly env: Readonly<Record<string, string>>;
  /** Rows may be kept for less long than they are. What is older goes at once, so it has to be asked for. */
  readonly retention?: boolean;
  /** Told what was refused: what is there stays, and may not serve. */
  readonly log?: (line: string) => void;
}

/** The dataset's name unless a param says otherwise, as in the functions. */
export const DATASET = 'analytics_production';

/** Throws when a change fails. */
export async function provision(options: ProvisionOptions): Promise<void> {
  const { project, dataset = DATASET, location = 'asia-northeast1', env, retention = false } = options;
  const { bigquery, firestore } = connectApis({ local: true, env });
  const wanted = readWanted({ project, dataset, location, retention });
  const parts = [
    bigquery && createBigQueryPart(bigquery, project, wanted),
    firestore && createFirestorePart(firestore, `projects/${project}/databases/(default)`),
  ].filter((part) => part !== undefined);
  for await (const change of applyAll(await Promise.all(parts.map((part) => part.plan())))) {
    const { what, result, note } = change;
    if (result === 'failed') throw new Error(`Cannot provision ${what}: ${note}`);
    if (result === 'refused') options.log?.(renderResult(change));
  }
}
