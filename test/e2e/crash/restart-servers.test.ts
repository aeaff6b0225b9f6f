import { afterEach, expect, test } from 'vitest';
import { Scene } from '../support/scene.js';
import { createTables, expectEqual, seams } from './tables.js';
import { pause, SourceWriter } from './writer.js';

let scene: Scene | null = null;

afterEach(async () => {
  await scene?.close();
  scene = null;
});

async function begin(options: Parameters<typeof Scene.open>[0]): Promise<{
  scene: Scene;
  writer: SourceWriter;
}> {
  const opened = await Scene.open(options);
  scene = opened;
  await createTables(opened);
  await opened.startWorker();
  await opened.client.startPipeline(opened.pipeline);
  await opened.streaming();
  const writer = new SourceWriter(opened.source.url('shop'), 7);
  writer.start();
  return { scene: opened, writer };
}

test('source and target restarted and killed under load: nothing is lost', async () => {
  const { scene: opened, writer } = await begin({ label: 'restart-postgres' });
  await opened.target.stop('fast');
  await pause(500);
  await opened.target.restart();
  await pause(1_500);
  await opened.source.stop('fast');
  await opened.source.restart();
  await pause(1_500);
  await opened.target.kill();
  await opened.target.restart();
  await pause(1_500);
  await opened.source.kill();
  await opened.source.restart();
  await pause(1_500);
  await writer.stop();
  await expectEqual(opened);
  expect(await seams(opened)).toEqual([]);
});

test('Temporal killed and restarted under load: the stream goes on and nothing is lost', async () => {
  const { scene: opened, writer } = await begin({ label: 'restart-temporal', ownTemporal: true });
  await opened.temporal.service?.kill();
  await opened.caughtUp();
  await pause(3_000);
  await opened.caughtUp();
  await opened.temporal.service?.restart();
  await pause(3_000);
  await writer.stop();
  await expectEqual(opened);
  expect(await seams(opened)).toEqual([]);
});

test('the history of Temporal lost altogether: a pipeline started afresh goes on where it stood', async () => {
  const options = { label: 'lose-temporal', ownTemporal: true };
  const { scene: opened, writer } = await begin(options);
  await opened.client.commandPipeline(opened.pipeline, 'forceResync', {
    tables: 'public.accounts',
  });
  await pause(1_000);
  await opened.worker?.kill();
  await opened.loseTemporal(options);
  await opened.startWorker();
  await opened.client.startPipeline(opened.pipeline);
  await pause(2_000);
  await writer.stop();
  await expectEqual(opened);
  expect(await seams(opened)).toEqual([]);
});
