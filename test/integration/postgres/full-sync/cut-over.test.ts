import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyAll, copyOne, openScene, resync, showStage } from './fixture.js';

/** Everything that hangs on the live table, by what the catalogue says of it. */
const HANGING = `
select c.oid::text as oid, c.relowner::regrole::text as owner, c.relacl::text as grants,
       obj_description(c.oid, 'pg_class') as comment,
       (select string_agg(conname, ',' order by conname) from pg_constraint
         where contype = 'f' and confrelid = c.oid) as referring,
       (select string_agg(tgname, ',' order by tgname) from pg_trigger
         where tgrelid = c.oid and not tgisinternal) as triggers,
       (select string_agg(p.pubname, ',') from pg_publication_rel r
          join pg_publication p on p.oid = r.prpubid where r.prrelid = c.oid) as publications,
       (select count(*)::int from public.cheap) as through_the_view
  from pg_class c where c.oid = 'public.goods'::regclass`;

describeEachPostgres('making a stage visible on PostgreSQL %s', (version) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(version, `cut ${version}`);
    await scene.source.query(`
      create table public.goods (id int primary key, code text unique, price numeric);
      insert into public.goods select n, 'c' || n, n from generate_series(1, 5000) n`);
  });
  afterAll(async () => scene.close());

  it('swaps a new table into its place with the names of its key and indexes', async () => {
    const result = await resync(scene, 'public.goods');
    expect(result).toMatchObject({ method: 'swap', done: true });
    expect(await contents(scene.target, 'public.goods')).toBe(
      await contents(scene.source, 'public.goods'),
    );
    const indexes = await scene.target.query<{ indexname: string }>(
      `select indexname from pg_indexes where schemaname = 'public' order by 1`,
    );
    expect(indexes.map((row) => row.indexname)).toEqual(['goods_code_key', 'goods_pkey']);
    const left = await scene.target.query(
      `select nspname from pg_namespace where nspname like 'sluice_stage%'`,
    );
    expect(left).toHaveLength(0);
    const [row] = await scene.state.tables.list('shop');
    expect(row).toMatchObject({ phase: 'streaming', parks: false });
  });

  describe('where things hang on the live table', () => {
    beforeAll(async () => {
      await resync(scene, 'public.goods');
      await scene.target.query(`
        create view public.cheap as select * from public.goods where price < 100;
        create table public.orders (id int primary key, good int references public.goods);
        insert into public.orders values (1, 17);
        create publication further for table public.goods;
        do $$ begin
          if not exists (select from pg_roles where rolname = 'cut_over_reader') then
            create role cut_over_reader;
          end if;
        end $$;
        grant select on public.goods to cut_over_reader;
        comment on table public.goods is 'kept';
        create function public.quiet() returns trigger language plpgsql as 'begin return new; end';
        create trigger watch after update on public.goods
          for each row execute function public.quiet()`);
    });

    it('merges a live table that keeps its identity and all that hangs on it', async () => {
      const before = await scene.target.query(HANGING);
      await scene.target.query(`
        update public.goods set price = -1 where id in (10, 20, 30);
        delete from public.goods where id in (40, 50);
        insert into public.goods values (9001, 'extra', 1)`);
      const untouched = `select string_agg(xmin::text, ',' order by id) as xmins from public.goods
                          where id not in (10, 20, 30, 40, 50, 9001)`;
      const xmins = await scene.target.query(untouched);
      const result = await resync(scene, 'public.goods');
      expect(result).toMatchObject({
        method: 'merge',
        done: true,
        counts: { inserted: 2, updated: 3, deleted: 1 },
      });
      expect(await scene.target.query(untouched)).toEqual(xmins);
      expect(await scene.target.query(HANGING)).toEqual(before);
      expect(await contents(scene.target, 'public.goods')).toBe(
        await contents(scene.source, 'public.goods'),
      );
    });

    it('merges rows that exchanged their unique values', async () => {
      await scene.source.query(`
        update public.goods set code = 'free' where id = 1;
        update public.goods set code = 'c1' where id = 2;
        update public.goods set code = 'c2' where id = 1`);
      const result = await resync(scene, 'public.goods');
      expect(result.counts).toEqual({ inserted: 0, updated: 2, deleted: 0 });
      expect(await contents(scene.target, 'public.goods')).toBe(
        await contents(scene.source, 'public.goods'),
      );
    });

    it('merges once when the merge is repeated after its commit', async () => {
      await scene.source.query(`update public.goods set price = 12345 where id = 7`);
      const model = await scene.model('public.goods');
      const stage = await beginCopy(scene, model);
      await copyAll(scene, model, stage);
      await scene.fullTarget.freeze(stage, 1_000);
      const first = await scene.fullTarget.merge(stage, { deletes: true });
      const second = await scene.fullTarget.merge(stage, { deletes: true });
      expect([first.updated, second.updated]).toEqual([1, 0]);
      const how = { method: 'none', maxRows: 10, lockTimeoutMs: 1_000 } as const;
      expect(await scene.fullTarget.cutOver(stage, how)).toMatchObject({ done: true });
      expect(await scene.fullTarget.cutOver(stage, how)).toMatchObject({ done: true });
      await scene.fullTarget.dropStage(stage);
    });

    it('refuses to exchange a table that something hangs on, even when asked for', async () => {
      const choice = await scene.fullTarget.chooseLoad(
        { schema: 'public', table: 'goods' },
        'swap',
      );
      expect(choice.method).toBe('merge');
      expect(choice.reason).toContain('view');
      const model = await scene.model('public.goods');
      const stage = await beginCopy(scene, model, { load: 'swap' });
      await copyAll(scene, model, stage);
      const how = { method: 'swap', maxRows: 10, lockTimeoutMs: 1_000 } as const;
      await expect(scene.fullTarget.cutOver(stage, how)).rejects.toMatchObject({
        code: 'OBJECT_NOT_OURS',
      });
      expect(await scene.target.query('select from public.goods')).toHaveLength(5_000);
    });

    it('replaces the rows of a table that foreign keys refer to', async () => {
      await scene.source.query(`update public.goods set price = 3 where id = 17`);
      const before = await scene.target.query(HANGING);
      expect(await resync(scene, 'public.goods', { load: 'truncate' })).toMatchObject({
        method: 'truncate',
        done: true,
      });
      expect(await scene.target.query(HANGING)).toEqual(before);
      expect(await contents(scene.target, 'public.goods')).toBe(
        await contents(scene.source, 'public.goods'),
      );
    });
  });

  it('never shows a stage that misses a chunk', async () => {
    const model = await scene.model('public.goods');
    const stage = await beginCopy(scene, model);
    const ranges = await scene.fullSource.planChunks(model, 32 * 1024);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, ranges);
    await copyOne(scene, model, stage, 0);
    const busy = { code: 'SERVER_BUSY' };
    const how = { method: 'swap', maxRows: 10, lockTimeoutMs: 1_000 } as const;
    const { fullTarget } = scene;
    await expect(fullTarget.finishStage(model, stage, () => undefined)).rejects.toMatchObject(busy);
    await expect(fullTarget.freeze(stage, 1_000)).rejects.toMatchObject(busy);
    await expect(fullTarget.cutOver(stage, how)).rejects.toMatchObject(busy);
    await fullTarget.dropStage(stage);
  });

  it('waits until the feed has passed what the copy has seen', async () => {
    await scene.source.query(`create table public.followed (id int primary key, u int unique);
                              insert into public.followed select n, n from generate_series(1, 9) n`);
    const model = await scene.model('public.followed');
    const stage = await beginCopy(scene, model, { lane: '00000000/00000001' });
    await scene.state.chunks.plan(
      stage.tableId,
      stage.epoch,
      await scene.fullSource.planChunks(model, 1e6),
    );
    while (await copyOne(scene, model, stage, 0));
    const how = { method: 'swap', maxRows: 10, lockTimeoutMs: 1_000 } as const;
    expect(await scene.fullTarget.cutOver(stage, how)).toMatchObject({ done: false });
    await expect(scene.fullTarget.freeze(stage, 1_000)).rejects.toMatchObject({
      code: 'SERVER_BUSY',
    });
    const [lane] = await scene.state.lanes.list('shop');
    if (lane === undefined) throw new Error('no lane');
    await scene.state.lanes.setPosition(lane.laneId, 'FFFFFFFF/00000000', 'lineage');
    await scene.fullTarget.finishStage(model, stage, () => undefined);
    const { membership } = (await scene.state.lanes.get(lane.laneId)) ?? { membership: '0' };
    expect(await showStage(scene, stage)).toMatchObject({
      method: 'swap',
      done: true,
      position: 'FFFFFFFF/00000000',
    });
    const after = await scene.state.lanes.get(lane.laneId);
    expect(Number(after?.membership)).toBeGreaterThan(Number(membership));
    const row = await scene.state.tables.get(stage.tableId);
    expect(row).toMatchObject({ phase: 'streaming', applies: true, parks: false });
  });

  it.each(['swap', 'merge'])(
    'shows nothing of a copy by %s whose table lost changes meanwhile',
    async (load) => {
      const table = `public.lost_by_${load}`;
      await scene.source.query(`
        create table ${table} (id int primary key); insert into ${table} values (1)`);
      await resync(scene, table);
      await scene.source.query(`insert into ${table} values (2)`);
      const model = await scene.model(table);
      const stage = await beginCopy(scene, model);
      await copyAll(scene, model, stage);
      await scene.target.query(
        `update sluice.table_state set fault_code = 'FEED_GAP' where table_id = ${stage.tableId}`,
      );
      await expect(showStage(scene, stage, load)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
      expect(await scene.target.query(`select from ${table}`)).toHaveLength(1);
    },
  );
});
