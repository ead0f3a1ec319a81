// Every way in which a service is made to fail, with the name under which it is counted. Each lasts for one round.
import type { FaultSpec } from '../../emulators/shared/faults.ts';

type Random = () => number;

/** What fails as one: of each part at most one kind is on in a round, but several parts fail together. */
export const PARTS = ['bigquery', 'enqueue', 'dispatch', 'firestore', 'events'] as const;
export type Part = (typeof PARTS)[number];

export interface FaultKind {
  readonly name: string;
  readonly part: Part;
  /** How much more often than others of its part it comes up. Default 1. */
  readonly weight?: number;
  readonly toSpec: (random: Random) => FaultSpec;
}

/** Above the timeout of the functions' BigQuery client, 20 s. */
const LONG_STALL_MS = 21_000;

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const ms = (random: Random, min: number, max: number) => Math.floor(min + random() * (max - min));

const bigquery = { service: 'bigquery', method: 'insertAll' } as const;
const createTask = { service: 'tasks', method: 'createTask' } as const;
const dispatch = { service: 'tasks', method: 'dispatch' } as const;
const firestore = { service: 'firestore' } as const;
const trigger = { service: 'functions', method: 'session_onComplete' } as const;

const BIGQUERY_ERRORS = [
  { status: 503, reason: 'backendError' },
  { status: 500, reason: 'internalError' },
  { status: 429, reason: 'rateLimitExceeded' },
  { status: 403, reason: 'quotaExceeded' },
];
const FIRESTORE_ERRORS = [
  { status: 503, reason: 'UNAVAILABLE' },
  { status: 500, reason: 'INTERNAL' },
  { status: 409, reason: 'ABORTED' },
  { status: 504, reason: 'DEADLINE_EXCEEDED' },
];
/** As while a role is being changed. Google's client tries the others again by itself, this one never. */
const FORBIDDEN = { status: 403, reason: 'PERMISSION_DENIED' };
/** The app only commits: what fails reads meets the functions alone, while events go on coming. */
const FIRESTORE_METHODS = ['BatchGetDocuments', 'BatchGetDocuments', 'Commit', 'RunQuery', '*'];

/** Of each part the plain failure comes first. */
export const FAULT_KINDS: readonly FaultKind[] = [
  {
    name: 'BigQuery refuses',
    part: 'bigquery',
    weight: 4,
    toSpec: (random) => ({
      ...bigquery,
      ...pick(random, BIGQUERY_ERRORS),
      probability: pick(random, [0.3, 0.7, 1]),
    }),
  },
  {
    name: 'BigQuery stores and answers with an error',
    part: 'bigquery',
    weight: 2,
    toSpec: (random) => ({
      ...bigquery,
      ...pick(random, BIGQUERY_ERRORS),
      phase: 'after',
      probability: pick(random, [0.3, 1]),
    }),
  },
  {
    name: 'BigQuery stalls',
    part: 'bigquery',
    toSpec: (random) => ({ ...bigquery, delayMs: ms(random, 200, 3000), probability: 0.5 }),
  },
  {
    name: 'BigQuery stalls beyond the timeout',
    part: 'bigquery',
    toSpec: () => ({ ...bigquery, delayMs: LONG_STALL_MS, count: 2 }),
  },
  {
    name: 'BigQuery cuts the connection',
    part: 'bigquery',
    weight: 2,
    toSpec: (random) => ({
      ...bigquery,
      drop: true,
      phase: pick(random, ['before', 'after']),
      probability: 0.5,
    }),
  },
  {
    name: 'Tasks refuses a task',
    part: 'enqueue',
    weight: 2,
    toSpec: (random) => ({
      ...createTask,
      status: pick(random, [503, 500, 429]),
      probability: pick(random, [0.5, 1]),
    }),
  },
  {
    name: 'Tasks takes a task and answers with an error',
    part: 'enqueue',
    toSpec: () => ({ ...createTask, status: 503, phase: 'after', probability: 0.7 }),
  },
  {
    name: 'Tasks stalls',
    part: 'enqueue',
    toSpec: (random) => ({ ...createTask, delayMs: ms(random, 200, 3000), probability: 0.5 }),
  },
  {
    name: 'Tasks cuts the connection',
    part: 'enqueue',
    toSpec: (random) => ({
      ...createTask,
      drop: true,
      phase: pick(random, ['before', 'after']),
      probability: 0.7,
    }),
  },
  {
    name: 'a task does not reach the function',
    part: 'dispatch',
    toSpec: (random) => ({
      ...dispatch,
      ...pick(random, [{ status: 503 }, { drop: true }]),
      probability: pick(random, [0.3, 0.8]),
    }),
  },
  {
    name: 'the answer to a task is lost',
    part: 'dispatch',
    toSpec: (random) => ({
      ...dispatch,
      ...pick(random, [{ status: 500 }, { drop: true }]),
      phase: 'after',
      probability: 0.5,
    }),
  },
  {
    name: 'Firestore fails',
    part: 'firestore',
    weight: 4,
    toSpec: (random) => ({
      ...firestore,
      method: pick(random, FIRESTORE_METHODS),
      ...(random() < 0.5 ? FORBIDDEN : pick(random, FIRESTORE_ERRORS)),
      probability: pick(random, [0.2, 0.5, 0.9]),
    }),
  },
  {
    name: 'Firestore commits and answers with an error',
    part: 'firestore',
    weight: 2,
    toSpec: (random) => ({
      ...firestore,
      method: 'Commit',
      ...pick(random, FIRESTORE_ERRORS),
      phase: 'after',
      probability: pick(random, [0.1, 0.3]),
    }),
  },
  {
    name: 'Firestore stalls',
    part: 'firestore',
    toSpec: (random) => ({ ...firestore, delayMs: ms(random, 100, 1500), probability: 0.3 }),
  },
  {
    name: 'the connection to Firestore drops',
    part: 'firestore',
    toSpec: (random) => ({
      ...firestore,
      drop: true,
      phase: pick(random, ['before', 'after']),
      probability: 0.05,
    }),
  },
  {
    name: 'an event does not reach the function',
    part: 'events',
    toSpec: (random) => ({
      ...trigger,
      ...pick(random, [{ status: 503 }, { status: 500 }, { drop: true }]),
      probability: pick(random, [0.3, 0.8]),
    }),
  },
  {
    name: 'an event is delivered, and then again',
    part: 'events',
    toSpec: (random) => ({
      ...trigger,
      ...pick(random, [{ status: 500 }, { drop: true }]),
      phase: 'after',
      probability: 0.5,
    }),
  },
  {
    name: 'an event comes late',
    part: 'events',
    toSpec: (random) => ({ ...trigger, delayMs: ms(random, 200, 4000), probability: 0.5 }),
  },
];
