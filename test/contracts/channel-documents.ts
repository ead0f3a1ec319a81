// Channels and campaigns as the platform writes them, and how they come to be: whole, and with the least that they have.
import * as fc from 'fast-check';
import type { DocumentData } from '../../functions/pipelines/pipeline.ts';

export const FULL_CHANNEL = {
  channel_id: 'of the app',
  channel_title: '花子の料理',
  description: '毎日の夕食を作ります👍',
  subscriber_count: 50_000,
  view_count: 1_000_000,
  video_count: 100,
  category: 'cooking',
  country: 'JP',
  language: 'ja',
  contact_info: {
    email: 'contact@example.com',
    social_links: { twitter: '@hanako', instagram: '@hanako' },
  },
  ai_analysis: { engagement_rate: 0.045, content_quality_score: 0.8, brand_safety_score: 0.9 },
  status: 'active',
  created_at: '2026-01-01T09:30:00.123456+00:00',
  updated_at: '2026-01-02T00:00:00+00:00',
} as const satisfies DocumentData;

export const MINIMAL_CHANNEL = { channel_title: '', created_at: '2026-01-01T00:00:00Z' } as const;

export const FULL_CAMPAIGN = {
  campaign_id: 'of the app',
  title: '夏のコスメ',
  description: '新作の PR',
  company_id: 'company_123',
  budget: 500_000,
  target_category: 'beauty',
  target_demographics: { age_range: '20-35', gender: 'female', interests: ['beauty', 'fashion'] },
  requirements: { min_subscribers: 10_000, min_engagement_rate: 0.03, content_type: 'video_review' },
  status: 'active',
  start_date: '2026-07-01',
  end_date: '2026-08-31',
  created_at: '2026-01-01T09:30:00.123456+00:00',
  updated_at: '2026-01-02T00:00:00Z',
} as const satisfies DocumentData;

/** One more than a number, another text, a part that is missing: what an app may make of a document that it has. */
export function changesOf(full: DocumentData): fc.Arbitrary<DocumentData> {
  const required = new Set<string>(Object.keys(MINIMAL_CHANNEL));
  const parts = Object.entries(full).map(([name, value]) => {
    const kept = fc.constant<unknown>(value);
    const other = typeof value === 'number' ? fc.integer({ min: 0, max: 1_000_000 }) : kept;
    return [name, required.has(name) ? other : fc.oneof(other, fc.constantFrom(null, undefined))] as const;
  });
  return fc
    .record(Object.fromEntries(parts))
    .map((data) => Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)));
}
