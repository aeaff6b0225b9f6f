import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dropLeft } from '../../../../src/cli/remove-left.js';
import { leftFindings, leftTargets } from '../../../../src/session/left-targets.js';
import { beginStreaming } from './follow-table.js';
import { openPipeline, TARGET, type PipelineScene } from './pipeline-scene.js';

let scene: PipelineScene;

beforeAll(async () => {
  scene = await openPipeline('left', { source: { enableCdc: true } });
  const ddl = 'CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY)';
  await scene.source.sql(ddl);
  await scene.target.sql(ddl);
  await scene.reconcile();
  await beginStreaming(scene, 'dbo.t');
});
afterAll(async () => scene.close());

async function callTarget(name: string): Promise<void> {
  const text = await readFile(scene.configPath, 'utf8');
  await writeFile(scene.configPath, text.replace(/"targets":\{"\w+"/, `"targets":{"${name}"`));
}

it('a target that left the configuration is named with what it has on the source, and removed by its name', async () => {
  expect(await scene.use(leftFindings)).toEqual([]);
  await callTarget('other');
  const [found, ...others] = await scene.use(leftFindings);
  expect(found).toMatchObject({ severity: 'warning', subject: TARGET });
  expect(`${found?.message ?? ''} ${found?.remedy ?? ''}`).toMatch(
    /no target copy any more.* capture instances.*sluice remove --pipeline shop --target copy/,
  );
  expect(others).toEqual([]);
  await callTarget(TARGET);
  expect(await scene.use(leftFindings)).toEqual([]);

  await callTarget('other');
  const dropped = await scene.use(async (session) => {
    const left = await leftTargets(session);
    return Promise.all(left.map((one) => dropLeft(session, one)));
  });
  expect(dropped.flat().join()).toMatch(/^capture instance sluice_\w+$/);
  expect(await scene.source.sql('SELECT capture_instance FROM cdc.change_tables')).toEqual([]);
  expect(await scene.use(leftTargets)).toEqual([]);
});
