// The token with which the functions call Google's APIs: that of their service account, fetched when it is first
// needed and again before it expires. The library is loaded only then.
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Resolves to the value of an `Authorization` header. Rejects when there are no credentials. */
export function createAuthorization(): () => Promise<string> {
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
