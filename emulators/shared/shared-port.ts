// One port for gRPC and HTTP/1: the first bytes of a connection tell which of the two the client speaks.
import type http from 'node:http';
import net from 'node:net';
import { LOOPBACK } from './http.ts';

/** How every HTTP/2 connection begins. */
const HTTP2_PREFACE = 'PRI ';

export interface SharedPort {
  readonly port: number;
  /** Cuts the connection from `address:port`. */
  drop(peer: string): void;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

export async function listenShared(
  port: number,
  httpServer: http.Server,
  injectHttp2: (socket: net.Socket) => void,
): Promise<SharedPort> {
  const sockets = new Map<string, net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.once('close', () => sockets.delete(peer));
    socket.on('error', () => socket.destroy()); // a client that resets its connection is no event
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (!first) {
        socket.destroy();
        return;
      }
      socket.unshift(first);
      if (first.toString('latin1', 0, HTTP2_PREFACE.length) === HTTP2_PREFACE) injectHttp2(socket);
      else httpServer.emit('connection', socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    drop(peer) {
      sockets.get(peer)?.destroy();
    },
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets.values()) socket.destroy();
      return closed;
    },
  };
}
