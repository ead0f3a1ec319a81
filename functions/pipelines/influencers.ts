// Influencers: one row per state of a channel, whatever changes in it, and one that says that it was deleted. Columns
// are described in bigquery-schemas/influencers.json; a test holds the two together.
import { definePipeline } from './define-pipeline.ts';
import { toLength } from './generalise.ts';
import { float, freeText, integer, isoTime, optional, text } from './kinds.ts';
import { drop, generalise, keep, map, pseudonymise, record, type Policies } from './policy.ts';

type Maybe<Value> = Value | null;

/** A channel as the platform writes it, from YouTube's API and its own analysis. */
interface Influencer {
  readonly channel_id?: Maybe<string>;
  readonly channel_title: string;
  readonly description?: Maybe<string>;
  readonly subscriber_count?: Maybe<number>;
  readonly view_count?: Maybe<number>;
  readonly video_count?: Maybe<number>;
  readonly category?: Maybe<string>;
  readonly country?: Maybe<string>;
  readonly language?: Maybe<string>;
  readonly contact_info?: Maybe<{
    readonly email?: Maybe<string>;
    readonly social_links?: Maybe<{ readonly twitter?: Maybe<string>; readonly instagram?: Maybe<string> }>;
  }>;
  readonly ai_analysis?: Maybe<{
    readonly engagement_rate?: Maybe<number>;
    readonly content_quality_score?: Maybe<number>;
    readonly brand_safety_score?: Maybe<number>;
  }>;
  readonly status?: Maybe<string>;
  readonly created_at: string;
  readonly updated_at?: Maybe<string>;
}

const REACH = 'How many people a channel reaches, and how that changes: the subject of the reports.';
const MATCHING = 'Which campaigns a channel fits.';
const ANALYSIS = 'Judgement of the analysis, beside the reach that it is compared with.';

const fields: Policies<Influencer> = {
  channel_id: drop('A copy by the app; the id in the path is the one that counts.'),
  channel_title: keep(text, 'channel_title', "The channel's public name, as YouTube's API gives it."),
  description: generalise(
    optional(freeText),
    toLength,
    'description_length',
    'Whether a channel says what it is about.',
  ),
  subscriber_count: keep(optional(integer), 'subscriber_count', REACH),
  view_count: keep(optional(integer), 'view_count', REACH),
  video_count: keep(optional(integer), 'video_count', REACH),
  category: keep(optional(text), 'category', MATCHING),
  country: keep(optional(text), 'country', MATCHING),
  language: keep(optional(text), 'language', MATCHING),
  contact_info: map({
    email: pseudonymise(
      optional(text),
      'contact_email_hash',
      'Which channels are reached at the same address, such as that of an agency, and not at which.',
    ),
    social_links: drop('The way to a person; whoever writes to one takes it from Firestore.'),
  }),
  ai_analysis: record(
    'ai_analysis',
    {
      engagement_rate: keep(optional(float), 'engagement_rate', ANALYSIS),
      content_quality_score: keep(optional(float), 'content_quality_score', ANALYSIS),
      brand_safety_score: keep(optional(float), 'brand_safety_score', ANALYSIS),
    },
    ANALYSIS,
  ),
  status: keep(optional(text), 'status', 'Whether a channel is offered to campaigns.'),
  created_at: keep(isoTime, 'created_at', 'The time by which both sides are counted.'),
  updated_at: keep(optional(isoTime), 'updated_at', 'How old the figures are, by the platform.'),
};

export const influencers = definePipeline({
  name: 'influencers',
  document: 'influencers/{channelId}',
  subject: 'channelId',
  subjectIsPublic:
    'A channel is public, and reports name it: the id is that of its page on YouTube, and its figures are worth nothing without it.',
  when: { changed: { onDelete: 'tombstone' } },
  params: { channelId: keep(text, 'channel_id', 'Which channel; public, and what reports are about.') },
  fields,
  table: 'influencers',
  key: ['channel_id'],
  time: { field: 'created_at', column: 'created_at' },
  retentionDays: null, // a channel that nothing changes in is shown as long as it is there
  reidentification: {
    quasiIdentifiers: [
      { column: 'category', to: 'value' },
      { column: 'country', to: 'value' },
      { column: 'language', to: 'value' },
    ],
    sensitive: 'status',
    k: 5,
    published: ['status', 'description_length'],
  },
});
