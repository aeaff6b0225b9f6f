import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTables } from '../crash/tables.js';
import { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';
import { expectMended, present, SLOT, slotIsFree, write } from './gaps.js';

let scene: Scene;

beforeAll(async () => {
  const sourceSettings = { max_slot_wal_keep_size: '32MB', max_wal_size: '64MB' };
  scene = await Scene.open({ label: 'gap-purged', sourceSettings });
  await createTables(scene);
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.close();
});

test('a log that the server has purged is a gap, and another slot takes the place of the lost one', async () => {
  const before = await present(scene);
  await scene.worker?.kill();
  await write(scene, 1);
  await slotIsFree(scene);
  await waitFor('the server has let go of the log', async () => {
    await scene.sourceSql(
      `select pg_logical_emit_message(false, 'fill', repeat('x', 20000000))
         from generate_series(1, 3)`,
    );
    await scene.sourceSql('checkpoint');
    const [slot] = await scene.sourceSql<{ wal_status: string }>(
      `select wal_status from pg_replication_slots where slot_name = '${SLOT}'`,
    );
    return slot?.wal_status === 'lost';
  });
  await scene.startWorker();
  await expectMended(scene, before, /is lost: wal removed/);
  const slots = await scene.sourceSql('select slot_name, wal_status from pg_replication_slots');
  expect(slots).toEqual([{ slot_name: SLOT, wal_status: 'reserved' }]);
});
