import { afterAll, beforeAll, expect, it } from 'vitest';
import { LSN_NONE } from '../../../../src/engines/postgres/replication/lsn.js';
import { openReplication } from '../../../../src/engines/postgres/replication/replication-client.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Scene } from './support.js';
import { createSlot, openScene } from './support.js';

const MEBIBYTE = 1024 * 1024;
const ROWS = 200_000;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('18', 'backpressure');
  await scene.sql.query('CREATE TABLE public.item (id int PRIMARY KEY, body text)');
  await scene.sql.query('CREATE PUBLICATION everything FOR ALL TABLES');
});

afterAll(async () => scene.close());

it('holds memory while 200 MB of changes wait for a blocked consumer, then gives them all', async () => {
  await createSlot(scene);
  const replication = await openReplication(scene.connection);
  const { slot } = scene;
  const stream = await replication.startReplication({
    slot,
    publications: ['everything'],
    from: LSN_NONE,
  });
  const before = process.memoryUsage().rss;
  await scene.sql.query(
    `INSERT INTO public.item SELECT i, repeat(md5(i::text), 32) FROM generate_series(1, $1) i`,
    [ROWS],
  );
  await waitFor('the queue is full', () => stream.queuedBytes > 4 * MEBIBYTE);
  // The server cannot send any more once its own buffers are full too.
  await waitFor('the server waits for the socket', async () => {
    const { rowCount } = await scene.sql.query(
      `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'WalSenderWriteData' AND datname = $1`,
      [slot],
    );
    return rowCount === 1;
  });
  expect(stream.queuedBytes).toBeLessThan(6 * MEBIBYTE);
  let rows = 0;
  let peak = 0;
  while (rows < ROWS) {
    const batch = (await stream.nextBatch()) ?? [];
    rows += batch.filter((message) => message.kind === 'insert').length;
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  expect(rows).toBe(ROWS);
  expect(peak - before).toBeLessThan(150 * MEBIBYTE);
  await replication.close();
});
