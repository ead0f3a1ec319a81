import { expect, test } from '@jest/globals';
import { createKeys } from './keys.ts';

const SECRET = 'p9Xw2LkQ7vRt5YbN8mJc4HfG1dSaZ0eU';

test('the secret is not read before a key is needed, and read once', () => {
  let reads = 0;
  const keys = createKeys(() => (reads++, SECRET));
  expect(reads).toBe(0);
  expect(keys.active.version).toBe(1);
  expect(keys.get(1)).toBe(keys.active);
  expect(reads).toBe(1);
});

test('a bad secret fails each time it is used, until a good one is there', () => {
  let secret: string | undefined;
  const keys = createKeys(() => secret);
  expect(() => keys.active).toThrow('PSEUDONYMIZATION_SALT is missing');
  expect(() => keys.get(1)).toThrow('PSEUDONYMIZATION_SALT is missing');
  secret = SECRET;
  expect(keys.get(1).bytes.toString()).toBe(SECRET);
});
