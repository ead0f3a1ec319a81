// An identifier is found in whatever form it is written, and is not shown when it is.
import { expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createIdentifierSearch } from './identifiers.ts';
import { USER_IDS } from './session-script.ts';

const search = createIdentifierSearch(USER_IDS);

test.each(USER_IDS.slice(0, 4))('%s', (id) => {
  const forms = [
    `x ${id} y`,
    id.toUpperCase(),
    encodeURIComponent(id),
    JSON.stringify({ id }),
    Buffer.from(`users/${id}/sessions/1`).toString('base64'),
    Buffer.from(id).toString('hex'),
    Buffer.from(id).toString('latin1'),
    createHash('sha256').update(id).digest('hex'),
  ];
  for (const text of forms)
    expect({ text, found: search.find(text) !== undefined }).toEqual({ text, found: true });
  expect(search.find(`before ${id} after`)).toBe('before [identifier] after');
});

test('an innocent line is innocent', () => {
  expect(search.find('INFO session_onComplete: Row delivered {"pipeline":"sessions"}')).toBeUndefined();
});
