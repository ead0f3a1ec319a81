// Mistakes that bring an erased person back, or let one stay.
import { erasePersons } from '../../../functions/handlers/erase-persons.ts';
import type { Context } from '../../../functions/context.ts';
import type { Erasure } from '../../../functions/steps/erasure.ts';
import type { Variant } from '../platform.ts';
import type { ZooEntry } from './variants.ts';

const withContext = (change: (context: Context) => Partial<Context>): Variant => ({
  wrap: (context) => ({ ...context, ...change(context) }),
});

/** Requests that move otherwise than decided. */
const withMoves = (change: (next: Erasure, before: Erasure, now: Date) => Erasure) =>
  withContext(({ erasures, now }) => ({
    erasures: {
      ...erasures,
      replace: (stored, next) => erasures.replace(stored, change(next, stored.erasure, now())),
    },
  }));

export const erasureZoo: readonly ZooEntry[] = [
  {
    mistake: 'nothing that comes late is looked up among the erased',
    within: 400,
    finds: /row of an erased person|failure of an erased person|not at rest/,
    create: () =>
      withContext(({ tombstones }) => ({ tombstones: { ...tombstones, cover: async () => false } })),
  },
  {
    mistake: 'a tombstone stops what is newer than the request, for ever',
    within: 2_000,
    finds: /neither visible nor abandoned|that nobody asked for/,
    create: () =>
      withContext(({ tombstones }) => ({
        tombstones: { ...tombstones, set: (names) => tombstones.set(names, new Date('2100-01-01')) },
      })),
  },
  {
    mistake: 'rows are deleted at once, before those on their way have arrived',
    within: 400,
    finds: /row of an erased person|although rows are left/,
    create: () =>
      withMoves((next, before, now) =>
        next.status === 'waiting' && before.status === 'requested' ? { ...next, nextAt: now } : next,
      ),
  },
  {
    mistake: 'a deletion that BigQuery refuses counts as done, and nobody looks',
    within: 400,
    finds: /although rows are left/,
    create: () =>
      withContext(({ rowEraser }) => ({
        rowEraser: {
          ...rowEraser,
          count: async (_pipeline, _column, persons) => persons.map(() => 0),
          remove: async () => 'removed',
        },
      })),
  },
  {
    mistake: 'rows are looked for under the active key alone',
    within: 2_000,
    finds: /although rows are left|row of an erased person/,
    create: () => ({
      handlers: {
        erasePersons: (context) =>
          erasePersons({
            ...context,
            keyring: {
              at: (updateTime) => context.keyring.at(updateTime),
              get: (version) => context.keyring.get(version),
              get active() {
                return context.keyring.active;
              },
              get all() {
                return [context.keyring.active];
              },
            },
          }),
      },
    }),
  },
  {
    mistake: 'the failures of an erased person stay',
    within: 400,
    finds: /although failures are left|failure of an erased person/,
    create: () =>
      withContext(({ deadLetters }) => ({ deadLetters: { ...deadLetters, ofPerson: async () => [] } })),
  },
  {
    mistake: 'the failures of an erased person are deleted when they ask, and not again',
    within: 4_000,
    finds: /although failures are left|failure of an erased person/,
    create: () => {
      const done = new Set<string>();
      return withContext(({ deadLetters }) => ({
        deadLetters: {
          ...deadLetters,
          async ofPerson(id) {
            if (done.has(id)) return [];
            const found = await deadLetters.ofPerson(id);
            done.add(id);
            return found;
          },
        },
      }));
    },
  },
  {
    mistake: 'the receipt names the person',
    within: 100,
    finds: /identifier in a receipt/,
    create: () =>
      withMoves((next, before) => (next.status === 'verified' ? { ...next, id: before.id } : next)),
  },
  {
    mistake: 'a job that was overtaken writes its state over the newer one',
    within: 8_000,
    finds: /verified, and is not any more|covers less than before/,
    create: () =>
      withContext(({ erasures }) => ({
        erasures: {
          ...erasures,
          async replace(stored, next) {
            const current = await erasures.get(stored.name);
            return current ? erasures.replace(current, next) : false;
          },
        },
      })),
  },
];
