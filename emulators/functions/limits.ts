// What the platform does around one function: so many requests at once, so long for each.
import type http from 'node:http';
import type { Backend } from './backend.ts';
import type { UsageMeter } from './usage.ts';

export type Serve = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** 429 above the concurrency, 504 after the timeout; the function itself is not stopped, as in the cloud. */
export function withLimits(
  backend: Backend,
  serve: Serve,
  meter: UsageMeter,
  log: (line: string) => void,
): Serve {
  let running = 0;
  return (request, response) => {
    if (running >= backend.concurrency) {
      request.resume();
      response.writeHead(429).end('Rate exceeded: no instance is free');
      return;
    }
    running++;
    const end = meter.start();
    const timer = setTimeout(() => {
      log(`${backend.name}: timed out after ${backend.timeoutSeconds} s`);
      if (!response.headersSent) response.writeHead(504);
      response.end('upstream request timeout');
      silence(response);
    }, backend.timeoutSeconds * 1000);
    response.once('close', () => {
      clearTimeout(timer);
      running--;
      end();
    });
    serve(request, response);
  };
}

/** What the function still says after its timeout goes nowhere, and does not fail either. */
function silence(response: http.ServerResponse): void {
  response.setHeader = () => response;
  response.writeHead = () => response;
  response.write = () => true;
  response.end = () => response;
}
