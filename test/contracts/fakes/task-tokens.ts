// Tokens without cryptography: the claims are read as they stand, and a signature is good when it says so.
import { z } from 'zod';
import type { Caller, TaskTokens } from '../../../functions/services/task-tokens.ts';
import { ServiceError } from '../../../functions/steps/service-error.ts';

export interface TokenClaims {
  readonly aud: string;
  readonly iss: string;
  readonly email: string;
  readonly email_verified: boolean;
  /** Seconds since the epoch. */
  readonly exp: number;
}

const claimsSchema = z.object({
  aud: z.string(),
  iss: z.literal('https://accounts.google.com'),
  email: z.string(),
  email_verified: z.boolean(),
  exp: z.number(),
});

export class FakeTaskTokens implements TaskTokens {
  readonly #audience: string;
  readonly #serviceAccount: string;
  /** The certificates cannot be had. */
  unreachable = false;

  constructor(audience: string, serviceAccount: string) {
    this.#audience = audience;
    this.#serviceAccount = serviceAccount;
  }

  /** What the queue would send. */
  authorization(): string {
    return `Bearer ${this.mint({
      aud: this.#audience,
      iss: 'https://accounts.google.com',
      email: this.#serviceAccount,
      email_verified: true,
      exp: Date.now() / 1000 + 3600,
    })}`;
  }

  mint(claims: TokenClaims, signature = 'good'): string {
    return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
  }

  async identify(authorization: string | undefined): Promise<Caller> {
    const [, payload, signature] = /^Bearer e30\.([\w-]+)\.(\w+)$/.exec(authorization ?? '') ?? [];
    if (payload === undefined) return 'unauthenticated';
    if (this.unreachable) {
      throw new ServiceError({ service: 'oidc', operation: 'get certificates', networkCode: 'ECONNREFUSED' });
    }
    const claims = claimsSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    if (signature !== 'good' || !claims.success) return 'unauthenticated';
    const { aud, email, email_verified, exp } = claims.data;
    if (aud !== this.#audience || exp < Date.now() / 1000) return 'unauthenticated';
    return email === this.#serviceAccount && email_verified ? 'queue' : 'forbidden';
  }
}
