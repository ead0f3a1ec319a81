import { generateKeyPairSync, sign } from 'node:crypto';
import http from 'node:http';
import { expect, test } from '@jest/globals';
import { closeServer, listen } from '../../emulators/shared/http.ts';
import { createOidcIssuer } from '../../emulators/shared/oidc.ts';
import { createTaskTokens } from '../../functions/services/task-tokens.ts';
import { ServiceError } from '../../functions/steps/service-error.ts';
import { FakeTaskTokens, type TokenClaims } from './fakes/task-tokens.ts';
import { taskTokensContract, type Signature } from './task-tokens.contract.ts';

const audience = 'https://asia-northeast1-demo-local.cloudfunctions.net/internal_retryBigQuerySync';
const serviceAccount = 'tasks@demo-local.iam.gserviceaccount.com';

taskTokensContract('fake', async () => {
  const tokens = new FakeTaskTokens(audience, serviceAccount);
  return {
    tokens,
    audience,
    serviceAccount,
    mint: (claims, signature) => tokens.mint(claims, signature),
    async cutCertificates() {
      tokens.unreachable = true;
    },
    close: async () => {},
  };
});

/** Signs any claims, as the issuer would that publishes `pem` under `kid`. */
function createSigner(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    signed(claims: TokenClaims): string {
      const text = `${part({ alg: 'RS256', kid, typ: 'JWT' })}.${part({ iat: claims.exp - 3600, ...claims })}`;
      return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
    },
    unsigned: (claims: TokenClaims) =>
      `${part({ alg: 'none', kid, typ: 'JWT' })}.${part({ iat: claims.exp - 3600, ...claims })}.x`,
  };
}

const published = createSigner('published');
const foreign = createSigner('published'); // under the same key id

function mint(claims: TokenClaims, signature: Signature): string {
  switch (signature) {
    case 'good':
      return published.signed(claims);
    case 'unsigned':
      return published.unsigned(claims);
    case 'foreign':
      return foreign.signed(claims);
    case 'broken': {
      const other = published.signed({ ...claims, exp: claims.exp + 1 });
      const [header, payload] = published.signed(claims).split('.');
      return [header, payload, other.split('.')[2]].join('.');
    }
  }
}

async function serveCertificates(certificates: Record<string, string>) {
  const server = http.createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(certificates));
  });
  const port = await listen(server, 0);
  return { url: `http://127.0.0.1:${port}/certs`, close: () => closeServer(server) };
}

taskTokensContract("Google's library", async () => {
  const certificates = await serveCertificates({ published: published.pem });
  return {
    tokens: createTaskTokens({ audience, serviceAccount, certsUrl: certificates.url }),
    audience,
    serviceAccount,
    mint,
    cutCertificates: certificates.close,
    close: certificates.close,
  };
});

test('a token of the issuer of the emulators is the queue, by the key that the issuer publishes', async () => {
  const issuer = createOidcIssuer();
  const certificates = await serveCertificates(issuer.pemCerts());
  try {
    const tokens = createTaskTokens({ audience, serviceAccount, certsUrl: certificates.url });
    const token = (email: string, issuedAtMs = Date.now()) =>
      `Bearer ${issuer.mint({ email, audience, issuedAtMs })}`;
    await expect(tokens.identify(token(serviceAccount))).resolves.toBe('queue');
    await expect(tokens.identify(token('other@demo-local.iam.gserviceaccount.com'))).resolves.toBe(
      'forbidden',
    );
    await expect(tokens.identify(token(serviceAccount, Date.now() - 7_200_000))).resolves.toBe(
      'unauthenticated',
    );
  } finally {
    await certificates.close();
  }
});

test.each([
  ['are none', 200, 'not json'],
  ['are of another form', 200, '{"keys": []}'],
  ['are not answered with success', 503, '{}'],
])('certificates that %s let nobody in', async (_, status, body) => {
  const server = http.createServer((_request, response) => response.writeHead(status).end(body));
  const port = await listen(server, 0);
  try {
    const certsUrl = `http://127.0.0.1:${port}/certs`;
    const claims = {
      aud: audience,
      iss: 'https://accounts.google.com',
      email: serviceAccount,
      email_verified: true,
      exp: Date.now() / 1000 + 600,
    };
    const caller = createTaskTokens({ audience, serviceAccount, certsUrl })
      .identify(`Bearer ${mint(claims, 'good')}`)
      .catch((error: unknown) => error);
    expect(await caller).toEqual(
      status === 200
        ? 'unauthenticated'
        : new ServiceError({ service: 'oidc', operation: 'get certificates' }),
    );
  } finally {
    await closeServer(server);
  }
});
