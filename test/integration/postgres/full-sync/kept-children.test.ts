import { afterAll, beforeAll, expect, it } from 'vitest';
import { ENFORCING } from '../../../../src/engines/postgres/apply/replica-role.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './fixture.js';
import { contents, openScene, resync } from './fixture.js';

/** Foreign keys of the target are in force for Sluice's sessions. */
describeEachPostgres('a resync of a parent on PostgreSQL %s', (version) => {
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

/** A foreign key may refer to a single partition. */
describeEachPostgres('a child of a partition on PostgreSQL %s', (version) => {
  const PARENT = `
    create table public.sales (id int primary key, code text) partition by range (id);
    create table public.sales_1 partition of public.sales for values from (0) to (50);
    create table public.sales_2 partition of public.sales for values from (50) to (500);
    insert into public.sales select n, 'c' || n from generate_series(1, 100) n`;
  const CHILD = `
    create unique index on public.sales_1 (code);
    create table public.note (id int primary key, sale int references public.sales_1 on delete cascade);
    insert into public.note select n, n from generate_series(1, 10) n`;

  async function open(label: string, session?: Record<string, string>): Promise<Scene> {
    const scene = await openScene(version, label, session === undefined ? {} : { session });
    await scene.source.query(PARENT);
    await resync(scene, 'public.sales');
    await scene.target.query(CHILD);
    return scene;
  }

  it('stays where rows of the partition would have to be deleted and inserted', async () => {
    const scene = await open(`leaf ${version}`, { ...ENFORCING });
    try {
      await scene.source.query(`
        update public.sales set code = 'free' where id = 1;
        update public.sales set code = 'c1' where id = 2;
        update public.sales set code = 'c2' where id = 1`);
      const refused = {
        code: 'ROW_REJECTED',
        message: expect.stringContaining('rows of public.note') as unknown,
      };
      for (const load of ['merge', 'truncate'] as const) {
        await expect(resync(scene, 'public.sales', { load })).rejects.toMatchObject(refused);
        expect(await scene.target.query('select from public.note')).toHaveLength(10);
      }
    } finally {
      await scene.close();
    }
  });

  it('lets all rows be replaced where foreign keys are quiet', async () => {
    const scene = await open(`leaf quiet ${version}`);
    try {
      await scene.source.query(`update public.sales set code = code || 'x' where id > 7`);
      const replaced = { method: 'truncate', done: true };
      expect(await resync(scene, 'public.sales', { load: 'truncate' })).toMatchObject(replaced);
      expect(await contents(scene.target, 'public.sales')).toBe(
        await contents(scene.source, 'public.sales'),
      );
      expect(await scene.target.query('select from public.note')).toHaveLength(10);
    } finally {
      await scene.close();
    }
  });
});
