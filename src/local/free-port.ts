import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Whether nobody listens there on 127.0.0.1 now. */
export async function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Below the ports that outgoing connections get (from 32768 on Linux, 49152 on macOS and Windows):
 * one of those could take the port of a server while that is started again.
 */
const FIRST = 20_000;
const END = 32_768;
const TRIES = 100;

/**
 * A TCP port that is free on 127.0.0.1 now. Another process can take it before it is used, so a
 * caller has to be ready to try again with the next one.
 *
 * @throws Error when none was found in many tries
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(FIRST, END);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`No free port was found from ${String(FIRST)} to ${String(END - 1)}.`);
}
