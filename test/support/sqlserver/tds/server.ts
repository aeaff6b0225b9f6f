import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Backend } from '../backend.js';
import { Connection } from './connection.js';
import type { Certificate } from './handshake.js';

export interface TdsServerOptions {
  readonly backend: Backend;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Without one, clients that ask for TLS are told that there is none. */
  readonly certificate?: Certificate | undefined;
}

export interface TdsServer {
  readonly port: number;
  /** Cuts all connections and stops listening. */
  close(): Promise<void>;
}

/** A server that speaks TDS 7.4 (and 8 where a client begins with TLS) to real drivers. */
export async function startTdsServer(options: TdsServerOptions): Promise<TdsServer> {
  const sockets = new Map<Socket, Promise<void>>();
  const server = createServer((socket) => {
    const served = new Connection(socket, options.backend, options.certificate).serve();
    sockets.set(socket, served);
    socket.on('close', () => void served.then(() => sockets.delete(socket)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      const open = [...sockets];
      for (const [socket] of open) socket.destroy();
      await Promise.all([closed, ...open.map(([, served]) => served)]);
    },
  };
}
