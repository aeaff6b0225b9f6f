import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from '../support/scene.js';
import { createTables, expectEqual, seams } from './tables.js';
import { generator, pause, SourceWriter } from './writer.js';

const KILLS = 20;
const SEED = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 100_000);

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ label: 'kill-worker' });
  await createTables(scene);
});

afterAll(async () => {
  await scene.close();
});

/** An ENABLE ALWAYS trigger fires for the lane too: each operation of the source exactly once. */
async function countOperations(): Promise<void> {
  await scene.targetSql(`
    create table operation (kind text, n bigint default 0);
    insert into operation (kind) values ('INSERT'), ('UPDATE'), ('DELETE');
    create function count_operation() returns trigger language plpgsql as $$
      begin update public.operation set n = n + 1 where kind = tg_op; return null; end $$;
    create trigger count_operations after insert or update or delete on audited
      for each row execute function count_operation();
    alter table audited enable always trigger count_operations;`);
}

test(`a worker killed ${KILLS} times at random moments loses and repeats nothing (seed ${SEED})`, async () => {
  const random = generator(SEED);
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
  await countOperations();
  const writer = new SourceWriter(scene.source.url('shop'), SEED);
  writer.start();
  const phases = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    // Every second time the worker dies somewhere in a resync: stage, copy, catch-up, cut-over.
    if (kill % 2 === 0) {
      await scene.client.commandPipeline(scene.pipeline, 'forceResync', {
        tables: kill % 4 === 0 ? 'public.accounts' : 'public.pairs',
        requestId: `resync-${kill}`,
      });
    }
    await pause(200 + random() * 3_500);
    for (const row of await scene.tableStates()) phases.add(row.phase);
    await scene.worker?.kill();
    await scene.startWorker();
  }
  await writer.stop();
  await expectEqual(scene);
  expect(await operationsCounted()).toEqual(writer.audited);
  expect(await seams(scene)).toEqual([]);
  expect([...phases]).toEqual(expect.arrayContaining(['fullSync', 'streaming']));
  expect(writer.transactions).toBeGreaterThan(1_000);
}, 600_000);

async function operationsCounted(): Promise<Record<string, number>> {
  const rows = await scene.targetSql<{ kind: string; n: string }>('select kind, n from operation');
  return Object.fromEntries(rows.map((row) => [row.kind, Number(row.n)]));
}
