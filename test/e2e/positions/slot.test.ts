import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';
import { expectMended, present, SLOT, slotIsFree, streamingScene, write } from './gaps.js';

let scene: Scene;

beforeAll(async () => {
  scene = await streamingScene('gap-slot');
});

afterAll(async () => {
  await scene.close();
});

test('a slot that was advanced by hand is a gap: every table says so and is copied again', async () => {
  const before = await present(scene);
  await scene.worker?.kill();
  await write(scene, 1);
  await slotIsFree(scene);
  await scene.sourceSql(`select pg_replication_slot_advance('${SLOT}', pg_current_wal_lsn())`);
  await scene.startWorker();
  await expectMended(scene, before, /has moved past the target's position/);
});

test('a slot dropped under a running stream and made again under its name is a gap', async () => {
  const before = await present(scene);
  await waitFor('the slot is dropped', async () => {
    await scene.sourceSql(
      `select pg_terminate_backend(active_pid) from pg_replication_slots where active`,
    );
    await scene.sourceSql(`select pg_drop_replication_slot('${SLOT}')`);
    return true;
  });
  await write(scene, 2, 300);
  // The lane may have been faster; either way the position of the slot is a later one.
  await scene
    .sourceSql(`select pg_create_logical_replication_slot('${SLOT}', 'pgoutput')`)
    .catch(() => undefined);
  await expectMended(scene, before, /does not exist|has moved past/);
  const slots = await scene.sourceSql('select from pg_replication_slots');
  expect(slots.length).toBe(1);
});
