import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort, isPortFree } from '../../../src/local/free-port.js';

it('a free port is none that an outgoing connection could get, and is free', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, async () => freePort()));
  for (const port of ports) expect(port).toBeLessThan(32_768);
  expect(await isPortFree(ports[0] ?? 0)).toBe(true);
});

it('a port at which somebody listens is not free', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  expect(await isPortFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
});
