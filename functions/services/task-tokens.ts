// Who calls the private function: Google's OIDC token of the queue's service account, verified again in code,
// because one wrong IAM binding would otherwise open the function to everyone.
import type { LoginTicket, OAuth2Client } from 'google-auth-library';
import { ServiceError } from '../steps/service-error.ts';
import { isNetworkCode, property } from './client-error.ts';

export type Caller = 'queue' | 'unauthenticated' | 'forbidden';

export interface TaskTokens {
  /**
   * `unauthenticated`: no token, or one that is malformed, expired, of another issuer or for another audience.
   * `forbidden`: a good token of another account. Throws a ServiceError when the certificates cannot be had.
   */
  identify(authorization: string | undefined): Promise<Caller>;
}

export interface TaskTokensConfig {
  readonly audience: string;
  readonly serviceAccount: string;
  /** Where the signing certificates are (`{kid: PEM}`); Google's when undefined. Only emulators set it. */
  readonly certsUrl: string | undefined;
}

const ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];

export function createTaskTokens({ audience, serviceAccount, certsUrl }: TaskTokensConfig): TaskTokens {
  let client: OAuth2Client | undefined;
  const connect = async () => {
    const { OAuth2Client: Client } = await import('google-auth-library');
    const endpoints = certsUrl === undefined ? {} : { oauth2FederatedSignonPemCertsUrl: certsUrl };
    return (client ??= new Client({ endpoints }));
  };

  async function certificates() {
    try {
      return (await (await connect()).getFederatedSignonCertsAsync()).certs;
    } catch (error) {
      const code = property(error, 'code');
      throw new ServiceError({
        service: 'oidc',
        operation: 'get certificates',
        ...(isNetworkCode(code) ? { networkCode: code } : {}),
      });
    }
  }

  return {
    async identify(authorization) {
      const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? '')?.[1];
      if (token === undefined) return 'unauthenticated';
      const certs = await certificates();
      let ticket: LoginTicket;
      try {
        ticket = await (await connect()).verifySignedJwtWithCertsAsync(token, certs, audience, ISSUERS);
      } catch {
        return 'unauthenticated'; // the library throws plain errors, with the token's content in their text
      }
      const payload = ticket.getPayload();
      return payload?.email === serviceAccount && payload.email_verified === true ? 'queue' : 'forbidden';
    },
  };
}
