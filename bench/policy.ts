// CPU of what privacy costs a document: its policies, its pseudonym, its row. Run with
// `node --disable-warning=ExperimentalWarning bench/policy.ts`; the best of five rounds counts.
import { sessions } from '../functions/pipelines/sessions.ts';
import { parseDocument } from '../functions/steps/parse-document.ts';
import { parseKeyring } from '../functions/steps/pseudonym-key.ts';
import { pseudonymise } from '../functions/steps/pseudonymise.ts';
import type { Source } from '../functions/steps/source.ts';
import { toInsertRow } from '../functions/steps/to-insert-row.ts';
import { FULL_SESSION } from '../test/contracts/session-documents.ts';

const DOCUMENTS = 100_000;
const ROUNDS = 5;
const key = parseKeyring('k3y-of-the-tests-0123456789-abcdefghij', {
  project: 'demo-local',
  dataset: 'analytics_production',
}).active;
const version = { updateTime: '2026-01-01T00:05:00.000123Z', contentHash: 'c' };
const now = new Date();
const sources: Source[] = Array.from({ length: 1_000 }, (_, i) => ({
  path: `users/u${i}/sessions/s${i}`,
  data: { ...FULL_SESSION, repCount: i },
  version,
}));

const toRow = (source: Source) => {
  const parsed = parseDocument(sessions, source);
  if (!parsed.ok) throw new Error(parsed.reason);
  return toInsertRow(sessions, source, pseudonymise(sessions, source, parsed.document, key), now);
};
const work = {
  'policies of all fields': (source: Source) => sessions.read(source.data),
  'one pseudonym': (source: Source) => key.pseudonym('user_id_hash', 'text', source.path),
  'policies, pseudonym, row and insertId': toRow,
};

for (const [name, run] of Object.entries(work)) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < DOCUMENTS; i++) run(sources[i % sources.length]!);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / DOCUMENTS);
  }
  console.log(`${name.padEnd(40)}${best.toFixed(2)} µs CPU per document`);
}
