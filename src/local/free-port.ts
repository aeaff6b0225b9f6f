import { createServer } from 'node:net';

/**
 * A TCP port that is free on 127.0.0.1 now. Another process can take it before it is used, so a
 * caller has to be ready to try again with the next one.
 */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}
