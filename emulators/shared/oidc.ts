// The issuer of OIDC tokens that Google is in production: one RSA key pair per run, its public half served by
// the hub. Tokens say `iss: https://accounts.google.com`, so functions verify them as they do in the cloud.
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

export interface OidcClaims {
  /** Email of the service account that the token speaks for. */
  readonly email: string;
  readonly audience: string;
  /** Milliseconds since the epoch; the token lives one hour from here. */
  readonly issuedAtMs: number;
}

export interface OidcIssuer {
  /** A signed RS256 JWT. */
  mint(claims: OidcClaims): string;
  /** Public keys by key id, in the form of https://www.googleapis.com/oauth2/v1/certs (there: certificates). */
  pemCerts(): Record<string, string>;
  /** The same keys in the form of https://www.googleapis.com/oauth2/v3/certs. */
  jwks(): { keys: Record<string, unknown>[] };
}

const LIFETIME_SECONDS = 3600;

export function createOidcIssuer(): OidcIssuer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const kid = createHash('sha256').update(pem).digest('hex').slice(0, 40);
  const header = base64url({ alg: 'RS256', kid, typ: 'JWT' });

  return {
    mint({ email, audience, issuedAtMs }) {
      const iat = Math.floor(issuedAtMs / 1000);
      const payload = base64url({
        aud: audience,
        azp: subjectOf(email),
        email,
        email_verified: true,
        exp: iat + LIFETIME_SECONDS,
        iat,
        iss: 'https://accounts.google.com',
        sub: subjectOf(email),
      });
      const signed = `${header}.${payload}`;
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
    },
    pemCerts: () => ({ [kid]: pem }),
    jwks: () => ({
      keys: [{ ...createPublicKey(pem).export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }],
    }),
  };
}

/** Service accounts have 21-digit subject ids; this one is stable per email. */
function subjectOf(email: string): string {
  const digest = createHash('sha256').update(email).digest('hex').slice(0, 20);
  return BigInt(`0x${digest}`).toString().padStart(21, '1').slice(0, 21);
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
