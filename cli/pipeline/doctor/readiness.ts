// What is there as the files want it, and yet does not work: a queue that somebody paused, an index that is being built.
import {
  keyOf,
  nameOf,
  hasIndex,
  readFirestore,
  readWantedFirestore,
  type FoundFirestore,
  type WantedFirestore,
} from '../../provision/firestore.ts';
import type { Apis } from '../../provision/parts.ts';
import { readQueue } from '../../provision/queue.ts';
import type { Connection } from '../connect.ts';
import type { Check, Finding, Say } from './finding.ts';

export function queueCheck({ config }: Connection, api: NonNullable<Apis['tasks']>): Check {
  const { project, region, queue } = config;
  return {
    area: 'Cloud Tasks',
    role: 'roles/cloudtasks.viewer',
    async look(say) {
      const found = await readQueue(api, `projects/${project}/locations/${region}`, queue);
      if (!found) return []; // the set-up says so
      return [
        found.state === 'RUNNING'
          ? say('ok', `queue ${queue} runs`)
          : say(
              'error',
              `queue ${queue} is ${found.state.toLowerCase()}: no row is tried again`,
              `gcloud tasks queues resume ${queue} --location ${region} --project ${project}`,
            ),
      ];
    },
  };
}

export function indexesCheck({ config }: Connection, api: NonNullable<Apis['firestore']>): Check {
  const wanted = readWantedFirestore();
  return {
    area: 'Firestore',
    role: 'roles/datastore.viewer',
    look: async (say) =>
      judgeIndexes(
        say,
        await readFirestore(api, `projects/${config.project}/databases/(default)`, wanted),
        wanted,
      ),
  };
}

/** Of what is there and wanted; what is missing the set-up says. */
export function judgeIndexes(say: Say, found: FoundFirestore, wanted: WantedFirestore): readonly Finding[] {
  const composite = wanted.indexes.map((index) => ({
    what: nameOf(index),
    state: hasIndex(found.indexes.get(index.collectionGroup) ?? [], index)?.state,
  }));
  const single = wanted.fields.flatMap((field) => {
    const is = found.fields.get(keyOf(field));
    const name = `${field.collectionGroup}.${field.fieldPath}`;
    return [
      ...field.indexes.map((index) => ({
        what: `index of ${name}`,
        state: hasIndex(is?.indexes ?? [], index)?.state,
      })),
      ...(field.ttl ? [{ what: `TTL policy on ${name}`, state: is?.ttlState }] : []),
    ];
  });
  const all = [...composite, ...single].filter(({ state }) => state !== undefined);
  const unready = all.filter(({ state }) => state !== 'READY' && state !== 'ACTIVE');
  if (unready.length === 0) {
    return all.length > 0 ? [say('ok', `${all.length} indexes and TTL policies are ready`)] : [];
  }
  return unready.map(({ what, state }) =>
    state === 'CREATING'
      ? say('warning', `${what} is being built`, 'wait; the reconciliation fails until it is ready')
      : say('error', `${what}: ${state}`, 'delete it in the console of Firestore, and provision'),
  );
}
