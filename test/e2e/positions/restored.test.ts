import { afterEach, expect, test } from 'vitest';
import { expectEqual } from '../crash/tables.js';
import type { Scene } from '../support/scene.js';
import { epochs, expectMended, present, streamingScene, write } from './gaps.js';
import { backUp, promoteInPlace, restore } from './restore.js';

let scene: Scene;

afterEach(async () => {
  await scene.close();
});

test('a target restored to an earlier state is a gap, and so is a source restored later', async () => {
  scene = await streamingScene('gap-restored');
  const before = await present(scene);
  const target = await backUp(scene.target);
  await write(scene, 3);
  await scene.caughtUp();
  // The source has to know that the target is further: it is told every few seconds.
  await scene.worker?.stop();
  await restore(scene.target, target);
  await scene.startWorker();
  await expectMended(scene, before, /has moved past the target's position/);

  const between = await present(scene);
  await scene.worker?.stop();
  const source = await backUp(scene.source);
  await scene.startWorker();
  await write(scene, 4);
  await scene.caughtUp();
  await restore(scene.source, source);
  await expectMended(scene, between, /restored to an earlier time|has moved past/);
});

test('a source promoted without a loss goes on without a copy; one that lost commits is a gap', async () => {
  scene = await streamingScene('gap-promoted');
  const before = await present(scene);
  await promoteInPlace(scene.source);
  await write(scene, 5);
  await expectEqual(scene);
  // The checkpoint is beyond the place where the timelines part: it must be known by the new one.
  await scene.worker?.kill();
  await write(scene, 6);
  await scene.startWorker();
  await expectEqual(scene);
  expect(await epochs(scene)).toEqual(before.epochs);

  await scene.worker?.stop();
  const source = await backUp(scene.source);
  await scene.startWorker();
  await write(scene, 7);
  await scene.caughtUp();
  await scene.worker?.stop();
  await restore(scene.source, source, { promote: true });
  // Its log grows beyond the target's position: only the timeline tells that it is another log.
  await scene.sourceSql(`select pg_logical_emit_message(false, 'test', repeat('x', 20000000))`);
  await write(scene, 8);
  await scene.startWorker();
  await expectMended(scene, before, /promoted or restored at an earlier position/);
});

test('a source restored to an earlier time is a gap also when its log has outgrown the target', async () => {
  scene = await streamingScene('gap-forked');
  await write(scene, 9, 300);
  await scene.caughtUp();
  const before = await present(scene);
  await scene.worker?.stop();
  const source = await backUp(scene.source);
  await scene.startWorker();
  await write(scene, 10);
  await scene.caughtUp();
  await scene.worker?.stop();
  await restore(scene.source, source);
  // The same timeline, the same slot, and a position that lies inside the new log.
  await write(scene, 11);
  await scene.sourceSql(`select pg_logical_emit_message(false, 'test', repeat('x', 20000000))`);
  await scene.startWorker();
  await expectMended(scene, before, /has other transactions before the position/);

  // A worker that dies before its source hears of a commit is none.
  const mended = await epochs(scene);
  for (let kill = 0; kill < 3; kill++) {
    await write(scene, 20 + kill, 400);
    await scene.worker?.kill();
    await scene.source.kill();
    await scene.source.restart();
    await scene.startWorker();
  }
  await expectEqual(scene);
  expect(await epochs(scene)).toEqual(mended);
});
