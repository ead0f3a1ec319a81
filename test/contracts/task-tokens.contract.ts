// What everything that identifies callers promises: nobody but the queue's own account gets in.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { TaskTokens } from '../../functions/services/task-tokens.ts';
import { ServiceError } from '../../functions/steps/service-error.ts';
import type { TokenClaims } from './fakes/task-tokens.ts';

/** `unsigned`: `alg: none`. `foreign`: a key that the issuer does not publish. `broken`: another text's signature. */
export type Signature = 'good' | 'unsigned' | 'foreign' | 'broken';

export interface TaskTokensHarness {
  readonly tokens: TaskTokens;
  readonly audience: string;
  readonly serviceAccount: string;
  mint(claims: TokenClaims, signature: Signature): string;
  /** From now on the certificates cannot be had. */
  cutCertificates(): Promise<void>;
  close(): Promise<void>;
}

export function taskTokensContract(name: string, create: () => Promise<TaskTokensHarness>): void {
  describe(`the task tokens: ${name}`, () => {
    let harness: TaskTokensHarness;
    beforeEach(async () => {
      harness = await create();
    });
    afterEach(() => harness.close());

    const now = Math.floor(Date.now() / 1000);
    const token = (change: Partial<TokenClaims> = {}, signature: Signature = 'good') =>
      harness.mint(
        {
          aud: harness.audience,
          iss: 'https://accounts.google.com',
          email: harness.serviceAccount,
          email_verified: true,
          exp: now + 600,
          ...change,
        },
        signature,
      );

    test("the queue's own token is the queue's", async () => {
      await expect(harness.tokens.identify(`Bearer ${token()}`)).resolves.toBe('queue');
    });

    test.each<[string, string | undefined]>([
      ['nothing', undefined],
      ['an empty header', ''],
      ['a scheme alone', 'Bearer '],
      ['garbage', 'Bearer garbage'],
      ['garbage in three parts', 'Bearer a.b.c'],
      ['two parts', 'Bearer e30.e30'],
      ['four parts', 'Bearer e30.e30.e30.e30'],
      [
        'JSON of other types',
        `Bearer ${Buffer.from('7').toString('base64url')}.${Buffer.from('[]').toString('base64url')}.x`,
      ],
      ['a password', `Basic ${Buffer.from('user:password').toString('base64')}`],
    ])('%s is nobody', async (_, authorization) => {
      await expect(harness.tokens.identify(authorization)).resolves.toBe('unauthenticated');
    });

    test('a good token under another scheme, or with anything around it, is nobody', async () => {
      for (const header of [
        token(),
        `bearer ${token()}`,
        `Basic ${token()}`,
        `Bearer  ${token()}`,
        `Bearer ${token()} x`,
        `Bearer ${token()}\n`,
      ]) {
        await expect(harness.tokens.identify(header)).resolves.toBe('unauthenticated');
      }
    });

    test.each<[string, Partial<TokenClaims>, Signature]>([
      ['that is expired', { exp: now - 3600 }, 'good'],
      ['for another audience', { aud: 'https://other.invalid/internal_retryBigQuerySync' }, 'good'],
      ['of another issuer', { iss: 'https://issuer.invalid' }, 'good'],
      ['that is unsigned', {}, 'unsigned'],
      ['of a foreign key', {}, 'foreign'],
      ['with a broken signature', {}, 'broken'],
    ])('a token %s is nobody', async (_, change, signature) => {
      await expect(harness.tokens.identify(`Bearer ${token(change, signature)}`)).resolves.toBe(
        'unauthenticated',
      );
    });

    test.each<[string, Partial<TokenClaims>]>([
      ['another account', { email: 'other@demo-local.iam.gserviceaccount.com' }],
      ['an account that begins alike', { email: 'tasks@demo-local.iam.gserviceaccount.com.evil.invalid' }],
      ['an address that nobody verified', { email_verified: false }],
    ])('a good token of %s is forbidden', async (_, change) => {
      await expect(harness.tokens.identify(`Bearer ${token(change)}`)).resolves.toBe('forbidden');
    });

    test('without certificates nobody is let in or sent away: it throws, without the token', async () => {
      await harness.cutCertificates();
      const error: unknown = await harness.tokens
        .identify(`Bearer ${token()}`)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ServiceError);
      expect(String(error)).toMatch(
        /^ServiceError: oidc get certificates failed: (ECONNREFUSED|unknown error)$/,
      );
    });
  });
}
