// The tasks that wait in the Cloud Tasks emulator, as the requests that it would send, each with a token of its own.
// The queue is paused: a bench sends them itself, at its own pace.
import { LOOPBACK } from '../../emulators/shared/http.ts';
import type { OidcIssuer } from '../../emulators/shared/oidc.ts';
import type { Sent } from './drive.ts';
import { PROJECT, REGION } from './sessions.ts';

interface Task {
  readonly httpRequest: {
    readonly url: string;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly oidcToken: { readonly serviceAccountEmail: string; readonly audience?: string };
  };
}

export interface WaitingTasks {
  pause(): Promise<void>;
  take(): Promise<Sent[]>;
}

const QUEUE = 'bigquery-sync-queue';

export function createWaitingTasks(port: number, issuer: OidcIssuer): WaitingTasks {
  const queue = `http://${LOOPBACK}:${port}/v2/projects/${PROJECT}/locations/${REGION}/queues/${QUEUE}`;

  async function call<Answer>(url: string, method: 'GET' | 'POST'): Promise<Answer> {
    const response = await fetch(url, { method });
    if (!response.ok) throw new Error(`Cloud Tasks refused ${url}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  function toRequest({ httpRequest }: Task): Sent {
    const { url, body, headers = {}, oidcToken } = httpRequest;
    const token = issuer.mint({
      email: oidcToken.serviceAccountEmail,
      audience: oidcToken.audience ?? url,
      issuedAtMs: Date.now(),
    });
    return {
      headers: { ...headers, authorization: `Bearer ${token}`, 'user-agent': 'Google-Cloud-Tasks' },
      body: Buffer.from(body, 'base64'),
    };
  }

  return {
    async pause() {
      await call(`${queue}:pause`, 'POST');
    },
    async take() {
      const requests: Sent[] = [];
      let pageToken = '';
      do {
        const page = await call<{ tasks?: Task[]; nextPageToken?: string }>(
          `${queue}/tasks?responseView=FULL&pageSize=1000&pageToken=${pageToken}`,
          'GET',
        );
        requests.push(...(page.tasks ?? []).map(toRequest));
        pageToken = page.nextPageToken ?? '';
      } while (pageToken !== '');
      await call(`${queue}:purge`, 'POST');
      return requests;
    },
  };
}
