// Posts one event to its function and says how it went. Never rejects.
import http from 'node:http';
import type { CloudEvent } from './cloud-event.ts';
import type { DeliveryResult } from './delivery.ts';

export interface EventSender {
  send(url: string, event: CloudEvent): Promise<DeliveryResult>;
  /** Ends the requests under way. */
  close(): void;
}

export function createEventSender(): EventSender {
  const agent = new http.Agent({ keepAlive: true });
  return {
    send: (url, { headers, body }) =>
      new Promise((resolve) => {
        const request = http.request(url, {
          method: 'POST',
          agent,
          headers: { ...headers, 'content-length': body.length },
        });
        const unreachable = (error: NodeJS.ErrnoException) =>
          resolve({ kind: 'unreachable', reason: error.code ?? 'connection failed' });
        request.on('error', unreachable);
        request.on('response', (response) => {
          response.on('error', unreachable);
          response.on('end', () => resolve(toResult(response.statusCode ?? 0)));
          response.resume();
        });
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function toResult(status: number): DeliveryResult {
  if (status >= 200 && status < 300) return { kind: 'acknowledged', status };
  return status === 429 || status === 503 ? { kind: 'unavailable', status } : { kind: 'failed', status };
}
