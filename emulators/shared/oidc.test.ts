import { expect, test } from '@jest/globals';
import { OAuth2Client } from 'google-auth-library';
import { createOidcIssuer } from './oidc.ts';

const audience = 'http://127.0.0.1:5001/demo-local/asia-northeast1/fn';
const email = 'queue@demo-local.iam.gserviceaccount.com';
const issuers = ['https://accounts.google.com'];

test("Google's auth library accepts a minted token with the PEM keys", async () => {
  const issuer = createOidcIssuer();
  const token = issuer.mint({ email, audience, issuedAtMs: Date.now() });
  const ticket = await new OAuth2Client().verifySignedJwtWithCertsAsync(
    token,
    issuer.pemCerts(),
    audience,
    issuers,
  );
  expect(ticket.getPayload()).toMatchObject({ email, email_verified: true, aud: audience });
});

test.each([
  ['another audience', 'http://other', createOidcIssuer, /Wrong recipient/],
  ['the key of another issuer', audience, undefined, /No pem found/],
])('a token is refused for %s', async (_, wanted, make, message) => {
  const issuer = createOidcIssuer();
  const token = issuer.mint({ email, audience, issuedAtMs: Date.now() });
  const certs = make ? issuer.pemCerts() : createOidcIssuer().pemCerts();
  await expect(
    new OAuth2Client().verifySignedJwtWithCertsAsync(token, certs, wanted, issuers),
  ).rejects.toThrow(message);
});

test('PEM and JWKS name the same key', () => {
  const issuer = createOidcIssuer();
  expect(issuer.jwks().keys.map((key) => key['kid'])).toEqual(Object.keys(issuer.pemCerts()));
});
