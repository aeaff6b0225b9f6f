import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to a server that is cut where a test says so. */
export interface CutLine {
  readonly port: number;
  /** Bytes that the server has sent over it so far. */
  readonly sent: () => number;
  /** Let so many more bytes of the server pass, then end it towards the client. */
  cutAfter(bytes: number): void;
  /** Cut what is open now, with a reset as a killed process or a lost host leaves it. */
  reset(): void;
  close(): Promise<void>;
}

export async function openCutLine(to: { host: string; port: number }): Promise<CutLine> {
  const sockets = new Set<Socket>();
  let sent = 0;
  let left = Infinity;
  const server = createServer((here) => {
    const there = connect(to.port, to.host);
    for (const socket of [here, there]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        here.destroy();
        there.destroy();
      });
    }
    here.pipe(there);
    there.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, left);
      left -= part.length;
      sent += part.length;
      if (part.length > 0) here.write(part);
      if (left === 0) here.end(() => there.destroy());
    });
    there.on('end', () => here.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    sent: () => sent,
    cutAfter: (bytes) => {
      left = bytes;
    },
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
