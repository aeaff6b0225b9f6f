import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { watch } from './watching.js';

/** What the specification promises for everything that is asked in SQL. */
const PROMISED_MS = patient(10_000);

/** Without a lane: nothing of this test is kept on the source. */
const BY_ID = { mode: 'incremental', watermark: { column: 'id' } };

let shop: Shop | null = null;
const closing: (() => void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await shop?.close();
});

/** A server that takes connections and says nothing, until it is closed. */
async function silent(): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return `postgres://nobody:nothing@127.0.0.1:${String(address.port)}/gone`;
}

/** A port at which nobody listens. */
async function refused(): Promise<string> {
  const url = await silent();
  closing.splice(0).forEach((close) => {
    close();
  });
  return url;
}

describe.each([
  ['refuses connections', refused],
  ['takes connections and says nothing', silent],
] as const)('while the source %s', (_, server) => {
  it('a command of SQL is taken in time, and the target is not called away', async () => {
    shop = await openShop('18', 'source away', BY_ID);
    const opened = shop;
    await opened.source.query('create table public.a (id int primary key)');
    await opened.reconcile();
    await writeFile(join(dirname(opened.configPath), 'from'), await server());
    const first = await watch(opened, closing);
    // By then everything was looked at once, that of the source too.
    await waitFor('the target was measured twice', () => Promise.resolve(first.away.length > 1), {
      timeoutMs: 40_000,
    });
    expect(first.away).toEqual(first.away.map(() => 0));
    const asked = Date.now();
    await opened.target.query(
      `insert into sluice.command (pipeline, command, table_name) values ($1, 'pause', '*')`,
      [opened.pipeline],
    );
    const { commands } = await first.ended;
    expect(commands).toMatchObject([{ target: 'copy', slugs: ['public.a'] }]);
    expect(Date.now() - asked).toBeLessThan(PROMISED_MS);
  });
});
