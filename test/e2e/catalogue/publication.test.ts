import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectEqual } from '../crash/tables.js';
import { epochs, streamingScene, write } from '../positions/gaps.js';
import type { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';

let scene: Scene;

beforeAll(async () => {
  scene = await streamingScene('publication');
});

afterAll(async () => {
  await scene.close();
});

test('a publication dropped and made again: what was changed meanwhile is copied', async () => {
  const before = await epochs(scene);
  await scene.sourceSql('drop publication sluice_shop_to0');
  await write(scene, 31, 300);
  await scene
    .sourceSql('create publication sluice_shop_to0 for table accounts, pairs, audited')
    .catch(() => undefined);
  await waitFor(
    'every table began a new epoch',
    async () => {
      const now = await epochs(scene);
      return [...before].every(([slug, epoch]) => (now.get(slug) ?? 0) > epoch);
    },
    { timeoutMs: 60_000 },
  );
  await scene.streaming(0, 60_000).catch(async (error: unknown) => {
    const errors = await scene.targetSql('select code, message from sluice.error');
    throw new Error(JSON.stringify([await scene.tableStates(), errors]), { cause: error });
  });
  await expectEqual(scene);
  expect((await scene.sourceSql('select from pg_publication_tables')).length).toBe(3);
});
