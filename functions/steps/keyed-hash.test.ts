// The test vectors of RFC 4231 and RFC 5869: that what is called HMAC-SHA-256 and HKDF-SHA-256 here is that.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { encodeTexts, hkdfSha256, hmacSha256 } from './keyed-hash.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const range = (from: number, to: number) =>
  Buffer.from(Array.from({ length: to - from + 1 }, (_, i) => from + i));

test.each([
  [
    '1',
    Buffer.alloc(20, 0x0b),
    'Hi There',
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    '2',
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    '3',
    Buffer.alloc(20, 0xaa),
    Buffer.alloc(50, 0xdd),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
  [
    '4',
    range(0x01, 0x19),
    Buffer.alloc(50, 0xcd),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  ],
  ['5', Buffer.alloc(20, 0x0c), 'Test With Truncation', 'a3b6167473100ee06e0c796c2955552b'],
  [
    '6',
    Buffer.alloc(131, 0xaa),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    '7',
    Buffer.alloc(131, 0xaa),
    'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
])('HMAC-SHA-256 gives what RFC 4231 says in test case %s', (_, key, message, digits) => {
  expect(hmacSha256(key, message).slice(0, digits.length)).toBe(digits);
});

test.each([
  [
    'A.1',
    Buffer.alloc(22, 0x0b),
    range(0x00, 0x0c),
    range(0xf0, 0xf9),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  ],
  [
    'A.2',
    range(0x00, 0x4f),
    range(0x60, 0xaf),
    range(0xb0, 0xff),
    'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  ],
  [
    'A.3',
    Buffer.alloc(22, 0x0b),
    Buffer.alloc(0),
    Buffer.alloc(0),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  ],
])('HKDF-SHA-256 gives what RFC 5869 says in %s', (_, secret, salt, info, digits) => {
  expect(hkdfSha256(secret, salt, info, digits.length / 2)).toEqual(bytes(digits));
});

test('different lists of texts are different bytes', () => {
  const lists = fc.array(fc.string({ unit: fc.constantFrom('a', '1', ':', 'あ'), maxLength: 3 }), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(lists, lists, (a, b) => {
      expect(encodeTexts(...a) === encodeTexts(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
    { numRuns: 2000 },
  );
});
