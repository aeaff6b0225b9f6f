import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyAll, openScene, showStage } from './fixture.js';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('18', 'older build');
});
afterAll(async () => scene.close());

it('ends a copy whose stage an older build made, which recorded no definition of the table', async () => {
  await scene.source.query(`create table public.goods (id int primary key, v text);
    insert into goods select i, 'v' || i from generate_series(1, 500) i`);
  const model = await scene.model('public.goods');
  const stage = await beginCopy(scene, model);
  const changed = await scene.target.query(
    `update sluice.owned set definition = (definition::jsonb - 'definition')::text
      where kind = 'stage' returning object`,
  );
  expect(changed).toHaveLength(1);
  await copyAll(scene, model, stage);
  expect(await showStage(scene, stage)).toMatchObject({ method: 'swap', done: true });
  expect(await contents(scene.target, 'public.goods')).toBe(
    await contents(scene.source, 'public.goods'),
  );
});
