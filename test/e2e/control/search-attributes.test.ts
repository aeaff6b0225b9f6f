import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusingProxy, type TemporalProxy } from '../../support/temporal-proxy.js';
import { runCli } from '../cli/run-cli.js';
import { Scene } from '../support/scene.js';

let scene: Scene;
let proxy: TemporalProxy;

beforeAll(async () => {
  scene = await Scene.open({ label: 'no-attributes', searchAttributes: false });
  proxy = await refusingProxy(scene.temporal.address, ['AddSearchAttributes']);
  scene.env.TEMPORAL_ADDRESS = proxy.address;
  await scene.sourceSql(`create table orders (id int primary key, note text);
    insert into orders select g, 'n' || g from generate_series(1, 100) g`);
});

afterAll(async () => {
  await scene.close();
  await proxy.close();
});

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
}

async function finding(env = scene.env): Promise<Finding | undefined> {
  const argv = ['--config', scene.configPath, 'check', '--json'];
  const { out } = await runCli(scene.directory, argv, env);
  const { temporal } = JSON.parse(out) as { temporal: Finding[] };
  return temporal.find(({ code }) => code === 'temporal.search-attributes');
}

test('a worker that may not register search attributes works without them', async () => {
  await scene.startWorker();
  expect(proxy.refused).toContain('AddSearchAttributes');
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
  await scene.sourceSql(`insert into orders values (101, 'late')`);
  await scene.caughtUp();
  expect(await scene.fingerprint(0, 'orders', 'id')).toBe(
    await scene.fingerprint('source', 'orders', 'id'),
  );
});

test('check prints the command that registers them, also where nobody may look', async () => {
  const blind = await refusingProxy(scene.temporal.address, ['ListSearchAttributes']);
  const unseen = await finding({ ...scene.env, TEMPORAL_ADDRESS: blind.address });
  await blind.close();
  const seen = await finding();
  for (const found of [unseen, seen]) {
    expect(found?.remedy).toContain('temporal operator search-attribute create');
    expect(found?.remedy).toContain('--name SluiceEpoch --type Int');
  }
});
