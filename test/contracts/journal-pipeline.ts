// A pipeline that has every policy for every kind of value: people's journals, as an app might keep them.
import { definePipeline } from '../../functions/pipelines/define-pipeline.ts';
import type { Time } from '../../functions/pipelines/fields.ts';
import { toBins, toCount, toDay, toHour, toLength, toMajor } from '../../functions/pipelines/generalise.ts';
import {
  boolean,
  float,
  freeText,
  integer,
  keyedMap,
  optional,
  reference,
  text,
  texts,
  timestamp,
} from '../../functions/pipelines/kinds.ts';
import {
  drop,
  generalise,
  keep,
  map,
  pseudonymise,
  type Policies,
} from '../../functions/pipelines/policy.ts';

type Maybe<Value> = Value | null;

export interface Journal {
  readonly done?: Maybe<boolean>;
  readonly coach?: Maybe<{ readonly path: string }>;
  readonly helpers?: Maybe<readonly string[]>;
  readonly seats?: Maybe<Record<string, unknown>>;
  readonly member?: Maybe<number>;
  readonly note?: Maybe<string>;
  readonly tags?: Maybe<readonly string[]>;
  readonly likes?: Maybe<Record<string, unknown>>;
  readonly email?: Maybe<string>;
  readonly at?: Maybe<{
    readonly begun?: Maybe<Time>;
    readonly ended?: Maybe<Time>;
    readonly weight?: Maybe<number>;
    readonly app?: Maybe<string>;
  }>;
}

export const fields: Policies<Journal> = {
  done: keep(optional(boolean), 'done', 'Counted.'),
  coach: pseudonymise(optional(reference), 'coach', 'Who has the same coach.'),
  helpers: pseudonymise(optional(texts), 'helpers', 'Who helps whom.'),
  seats: pseudonymise(optional(keyedMap), 'seat_owners', 'Who sits beside whom.'),
  member: pseudonymise(optional(integer), 'member', 'Joined with the members.'),
  note: generalise(optional(freeText), toLength, 'note_length', 'Whether people write at all.'),
  tags: generalise(optional(texts), toCount, 'tags', 'Whether people sort.'),
  likes: generalise(optional(keyedMap), toCount, 'likes', 'What is liked.'),
  email: drop('Nobody needs it.'),
  at: map({
    begun: generalise(optional(timestamp), toHour, 'begun', 'When people write.'),
    ended: generalise(optional(timestamp), toDay, 'ended', 'When people write.'),
    weight: generalise(optional(float), toBins(80, 60, 70), 'weight', 'A health figure.'),
    app: generalise(optional(text), toMajor, 'app', 'Which editions are in use.'),
  }),
};

export const journal = definePipeline({
  name: 'journal',
  document: 'people/{person}/journal/{year}',
  subject: 'person',
  when: { completed: { field: 'done', equals: 'yes' } },
  params: {
    person: pseudonymise(text, 'person', 'Whose is whose.'),
    year: keep(text, 'year', 'A year.'),
  },
  fields,
  table: 'journal',
  key: ['person', 'year'],
  time: { field: 'begun', column: 'begun' },
  retentionDays: null,
  reidentification: {
    quasiIdentifiers: [{ column: 'weight', to: 'value' }],
    sensitive: 'note_length',
    k: 2,
    published: ['done'],
  },
});
