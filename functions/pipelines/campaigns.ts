// Campaigns: one row per state of a campaign, and none at all once it was deleted. Columns are described in
// bigquery-schemas/campaigns.json; a test holds the two together.
import { definePipeline } from './define-pipeline.ts';
import { float, integer, isoTime, optional, text, texts } from './kinds.ts';
import { drop, keep, pseudonymise, record, type Policies } from './policy.ts';

type Maybe<Value> = Value | null;

/** A campaign as the platform writes it. */
interface Campaign {
  readonly campaign_id?: Maybe<string>;
  readonly title?: Maybe<string>;
  readonly description?: Maybe<string>;
  readonly company_id?: Maybe<string>;
  readonly budget?: Maybe<number>;
  readonly target_category?: Maybe<string>;
  readonly target_demographics?: Maybe<{
    readonly age_range?: Maybe<string>;
    readonly gender?: Maybe<string>;
    readonly interests?: Maybe<readonly string[]>;
  }>;
  readonly requirements?: Maybe<{
    readonly min_subscribers?: Maybe<number>;
    readonly min_engagement_rate?: Maybe<number>;
    readonly content_type?: Maybe<string>;
  }>;
  readonly status?: Maybe<string>;
  readonly start_date?: Maybe<string>;
  readonly end_date?: Maybe<string>;
  readonly created_at: string;
  readonly updated_at?: Maybe<string>;
}

const AUDIENCE = 'Whom a campaign is for: a group, never a person.';
const WANTED = 'What a channel must have to be offered a campaign.';

const fields: Policies<Campaign> = {
  campaign_id: drop('A copy by the app; the id in the path is the one that counts.'),
  title: drop('Typed by people, and no report asks for it.'),
  description: drop('Typed by people, and no report asks for it.'),
  company_id: pseudonymise(
    optional(text),
    'company_hash',
    'Which campaigns are of one company, and not of which.',
  ),
  budget: keep(optional(float), 'budget', 'How much is spent: the subject of the reports.'),
  target_category: keep(optional(text), 'target_category', AUDIENCE),
  target_demographics: record(
    'target_demographics',
    {
      age_range: keep(optional(text), 'age_range', AUDIENCE),
      gender: keep(optional(text), 'gender', AUDIENCE),
      interests: keep(optional(texts), 'interests', AUDIENCE),
    },
    AUDIENCE,
  ),
  requirements: record(
    'requirements',
    {
      min_subscribers: keep(optional(integer), 'min_subscribers', WANTED),
      min_engagement_rate: keep(optional(float), 'min_engagement_rate', WANTED),
      content_type: keep(optional(text), 'content_type', WANTED),
    },
    WANTED,
  ),
  status: keep(optional(text), 'status', 'Whether a campaign runs.'),
  start_date: keep(optional(text), 'start_date', 'When a campaign runs; a day without a time.'),
  end_date: keep(optional(text), 'end_date', 'When a campaign runs; a day without a time.'),
  created_at: keep(isoTime, 'created_at', 'The time by which both sides are counted.'),
  updated_at: keep(optional(isoTime), 'updated_at', 'How old the figures are, by the platform.'),
};

export const campaigns = definePipeline({
  name: 'campaigns',
  document: 'campaigns/{campaignId}',
  subject: null,
  when: { changed: { onDelete: 'delete' } }, // a company that takes a campaign back takes its budget back
  params: { campaignId: keep(text, 'campaign_id', 'Made at random: says nothing of the company.') },
  fields,
  table: 'campaigns',
  key: ['campaign_id'],
  time: { field: 'created_at', column: 'created_at' },
  retentionDays: null, // a campaign that nothing changes in is shown as long as it is there
  reidentification: null,
});
