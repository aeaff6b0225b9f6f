import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENFORCING } from '../../../../src/engines/postgres/apply/replica-role.js';
import type { Scene } from './fixture.js';
import { contents, openScene, resync } from './fixture.js';

/** Foreign keys of the target are in force for Sluice's sessions. */
describe.each(['18', '14'] as const)('a resync of a parent on PostgreSQL %s', (version) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(version, `children ${version}`, { session: { ...ENFORCING } });
    await scene.source.query(`
      create table public.parent (id int primary key, code text unique, n int);
      insert into public.parent select n, 'c' || n, n from generate_series(1, 100) n;
      create table public.numbered (id int primary key, v text, n int generated always as identity);
      insert into public.numbered (id, v) select n, 'v' from generate_series(1, 10) n`);
    await resync(scene, 'public.parent');
    await resync(scene, 'public.numbered');
    await scene.target.query(`
      create table public.child (id int primary key,
        p int references public.parent on delete cascade,
        q int references public.numbered on delete cascade);
      insert into public.child select n, n, n from generate_series(1, 10) n`);
  });
  afterAll(async () => scene.close());

  const children = async () => scene.target.query('select from public.child');

  it('merges without them where its rows can be changed in place', async () => {
    await scene.source.query(`update public.parent set n = -n where id < 5;
      update public.numbered set v = 'w' where id < 5`);
    for (const table of ['public.parent', 'public.numbered']) {
      expect(await resync(scene, table)).toMatchObject({ method: 'merge', done: true });
      expect(await contents(scene.target, table)).toBe(await contents(scene.source, table));
    }
    expect(await children()).toHaveLength(10);
  });

  it('refuses to delete and insert rows that they refer to', async () => {
    await scene.source.query(`
      update public.parent set code = 'free' where id = 1;
      update public.parent set code = 'c1' where id = 2;
      update public.parent set code = 'c2' where id = 1`);
    const refused = {
      code: 'ROW_REJECTED',
      message: expect.stringContaining('rows of public.child') as unknown,
    };
    await expect(resync(scene, 'public.parent')).rejects.toMatchObject(refused);
    await expect(resync(scene, 'public.parent', { load: 'truncate' })).rejects.toMatchObject(
      refused,
    );
    expect(await children()).toHaveLength(10);
    expect(await scene.target.query('select from public.parent')).toHaveLength(100);
  });
});
