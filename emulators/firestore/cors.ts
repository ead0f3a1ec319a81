// Which pages may call from a browser: those that this machine serves.
import type http from 'node:http';

const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

export function isLoopbackOrigin(origin: string): boolean {
  return LOOPBACK_ORIGIN.test(origin);
}

/** Tells the browser that the page may; answers a preflight, and then returns true. */
export function allowLoopbackPages(request: http.IncomingMessage, response: http.ServerResponse): boolean {
  const { origin } = request.headers;
  if (origin === undefined || !isLoopbackOrigin(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
  if (request.method !== 'OPTIONS') return false;
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '3600',
  });
  response.end();
  return true;
}
