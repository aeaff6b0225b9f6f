import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { Scene } from '../support/scene.js';
import { createTables, expectEqual, seams } from './tables.js';
import { pause, SourceWriter } from './writer.js';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ label: 'two-targets', targets: 2 });
  await createTables(scene);
});

afterAll(async () => {
  await scene.close();
});

const ROUNDS = 5;
/** Generous for a machine that is busy otherwise; an apply takes milliseconds. */
const LAG_MS = 10_000;

async function positionOf(target: number): Promise<string> {
  const sql = 'select position from sluice.lane';
  const [lane] = await scene.targetSql<{ position: string }>(sql, target);
  return lane?.position ?? '';
}

/** Under load: whatever the source has committed by now arrives within the bound, again and again. */
async function expectFollows(target: number): Promise<void> {
  let former = await positionOf(target);
  for (let round = 0; round < ROUNDS; round++) {
    await scene.caughtUp(target, LAG_MS);
    const before = former;
    former = await waitFor(
      `the position moves on from ${before}`,
      async () => {
        const now = await positionOf(target);
        return now > before ? now : null;
      },
      { timeoutMs: LAG_MS },
    );
  }
}

test('one of two targets killed under load neither stops nor slows the other', async () => {
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming(0);
  await scene.streaming(1);
  const writer = new SourceWriter(scene.source.url('shop'), 11);
  writer.start();
  await scene.targets[1]?.kill();
  await expectFollows(0);
  await scene.targets[1]?.restart();
  await pause(1_000);
  await writer.stop();
  await expectEqual(scene, 0);
  await expectEqual(scene, 1);
  expect(await seams(scene, 0)).toEqual([]);
  expect(await seams(scene, 1)).toEqual([]);
});

test('a target that cannot write does not slow the other either', async () => {
  const writer = new SourceWriter(scene.source.url('shop'), 12);
  const holder = new pg.Client({ connectionString: scene.targets[1]?.url('shop') });
  await holder.connect();
  await holder.query('begin; lock table accounts in access exclusive mode');
  writer.start();
  await waitFor('the lane of the other waits for the lock', async () => {
    const waiting = await scene.targetSql(
      `select from pg_stat_activity where wait_event_type = 'Lock' and application_name like 'sluice %'`,
      1,
    );
    return waiting.length > 0;
  });
  await expectFollows(0);
  await holder.end();
  await writer.stop();
  await expectEqual(scene, 0);
  await expectEqual(scene, 1);
});

test('a target that is away when the pipeline starts does not keep the other from starting', async () => {
  await scene.worker?.stop();
  await scene.targets[1]?.stop('fast');
  await scene.startWorker();
  await scene.sourceSql('create table late (id int primary key); insert into late values (1), (2)');
  await scene.client.commandPipeline(scene.pipeline, 'applyConfig', { requestId: 'look' });
  const arrived = async (target: number): Promise<boolean> => {
    const rows = await scene.targetSql('select id from late', target).catch(() => []);
    return rows.length === 2;
  };
  await waitFor('the new table arrives on the target that is there', () => arrived(0), {
    timeoutMs: 60_000,
  });
  await scene.targets[1]?.restart();
  await waitFor('and on the other once it is back', () => arrived(1), { timeoutMs: 90_000 });
});
