import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 20;

/** A line to a server that lets a limited amount through, or nothing any more. */
export interface SlowLine {
  readonly port: number;
  /** Bytes per second, each way; 0: it is silent, and stays open. */
  limit(bytesPerSecond: number): void;
  close(): Promise<void>;
}

export async function openSlowLine(to: { host: string; port: number }): Promise<SlowLine> {
  let rate = Infinity;
  const sockets = new Set<Socket>();
  const throttled = (): Transform =>
    new Transform({
      highWaterMark: 16 * 1024,
      transform: (chunk: Buffer, _encoding, done) => {
        void trickle(chunk, () => rate).then(
          (bytes) => done(null, bytes),
          (error: unknown) => done(error as Error),
        );
      },
    });
  const server = createServer((here) => {
    const there = connect(to.port, to.host);
    for (const socket of [here, there]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        here.destroy();
        there.destroy();
      });
    }
    here.pipe(throttled()).pipe(there);
    there.pipe(throttled()).pipe(here);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    limit: (bytesPerSecond) => {
      rate = bytesPerSecond;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A chunk takes its share of the time; while the line is silent it waits. */
async function trickle(chunk: Buffer, rate: () => number): Promise<Buffer> {
  while (rate() === 0) await delay(EVERY_MS, undefined, { ref: false });
  if (rate() !== Infinity) await delay((chunk.length / rate()) * 1_000);
  return chunk;
}
