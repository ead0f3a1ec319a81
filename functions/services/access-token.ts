// The token with which the functions call Google's APIs: that of their service account, fetched when it is first
// needed and again before it expires. In the cloud it comes from the metadata server, which needs no library; anywhere
// else, for the operator's tool, from whatever credentials the machine has.
import * as z from 'zod';
import { http } from './node-http.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKEN_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
const TIMEOUT_MS = 3_000;
const ATTEMPTS = 3;
/** The metadata server itself renews a token five minutes before its end. */
const RENEW_BEFORE_MS = 4 * 60_000;

const answer = z.object({ access_token: z.string(), expires_in: z.number() });

/** Resolves to the value of an `Authorization` header. Rejects when there are no credentials. */
export type Authorization = () => Promise<string>;

/** `host`: of the metadata server. */
export function createMetadataAuthorization(host: string, now: () => number): Authorization {
  let token: Promise<string> | undefined;
  let renewAt = Infinity;

  async function fetchToken(attempt = 1): Promise<string> {
    try {
      const { access_token: value, expires_in: seconds } = answer.parse(await get(host));
      renewAt = now() + seconds * 1000 - RENEW_BEFORE_MS;
      return `Bearer ${value}`;
    } catch {
      if (attempt < ATTEMPTS) return fetchToken(attempt + 1);
      token = undefined;
      throw new Error('The metadata server gives no token for the service account of this function');
    }
  }

  return () => {
    if (token && now() < renewAt) return token;
    renewAt = Infinity;
    return (token = fetchToken());
  };
}

function get(host: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { headers: { 'Metadata-Flavor': 'Google' }, timeout: TIMEOUT_MS, agent: false };
    const request = http.get(`http://${host}${TOKEN_PATH}`, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(body));
        } catch (error) {
          reject(error instanceof Error ? error : new Error('No JSON'));
        }
      });
    });
    request.on('timeout', () => request.destroy(new Error('Too slow')));
    request.on('error', reject);
  });
}

export function createDefaultAuthorization(): Authorization {
  let auth: Promise<{ getAccessToken(): Promise<string | null | undefined> }> | undefined;
  const load = async () => {
    const { GoogleAuth } = await import('google-auth-library');
    return new GoogleAuth({ scopes: SCOPE });
  };
  return async () => {
    const token = await (await (auth ??= load())).getAccessToken();
    if (!token) throw new Error('There are no credentials to call Google with');
    return `Bearer ${token}`;
  };
}
