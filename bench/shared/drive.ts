// Sends requests at a fixed concurrency over connections that stay open, and takes the time of each. A closed loop:
// the next one goes out when one is answered.
import http from 'node:http';

export interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Driven {
  /** Of the requests that were answered with 2xx, ascending. */
  readonly latenciesMs: readonly number[];
  /** Status and body of the first that was answered with anything else. */
  readonly failure: string | undefined;
  /** Those that were answered with anything else. */
  readonly refused: readonly Sent[];
  readonly wallMs: number;
}

export async function drive(url: string, requests: readonly Sent[], concurrency: number): Promise<Driven> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency, scheduling: 'lifo' });
  const { hostname, port } = new URL(url);
  const target = { hostname, port, agent, method: 'POST' };
  const latenciesMs: number[] = [];
  let next = 0;
  let failure: string | undefined;
  const refused: Sent[] = [];
  const lane = async () => {
    for (let request = requests[next++]; request; request = requests[next++]) {
      const startedAt = performance.now();
      const { status, body } = await post(target, request);
      if (status >= 200 && status < 300) {
        latenciesMs.push(performance.now() - startedAt);
      } else {
        refused.push(request);
        failure ??= `${status} ${body}`;
      }
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, lane));
  const wallMs = performance.now() - startedAt;
  agent.destroy();
  return { latenciesMs: latenciesMs.toSorted((a, b) => a - b), failure, refused, wallMs };
}

/** Rejects when the connection breaks. */
function post(
  target: http.RequestOptions,
  { headers, body }: Sent,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { ...target, headers: { ...headers, 'content-length': body.length } },
      (response) => {
        const status = response.statusCode ?? 0;
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ status, body: Buffer.concat(parts).toString('utf8') }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** Of numbers in ascending order. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
