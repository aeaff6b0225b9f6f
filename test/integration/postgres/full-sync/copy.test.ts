import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyAll, copyOne, openScene, showStage } from './fixture.js';

describeEachPostgres('copying in chunks on PostgreSQL %s', (version) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(version, `copy ${version}`);
    await scene.source.query(`
      create table public.items (id bigint primary key, name text not null, price numeric(12, 4),
        at timestamptz default now(), doc jsonb, double_id bigint generated always as (id * 2) stored);
      insert into public.items (id, name, price, doc)
      select n, repeat('x', n % 50), n / 7.0, jsonb_build_object('n', n)
        from generate_series(1, 20000) n`);
  });
  afterAll(async () => scene.close());

  it('copies every row once with two lanes, and the ledger counts them', async () => {
    const model = await scene.model('public.items');
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage);
    const progress = await scene.state.chunks.progress(stage.tableId, stage.epoch);
    expect(progress.total).toBeGreaterThan(10);
    expect(progress).toMatchObject({ done: progress.total, rows: 20_000 });
    const row = await scene.state.tables.get(stage.tableId);
    expect(row?.rowsCopied).toBe(20_000);
    await showStage(scene, stage);
    expect(await contents(scene.target, 'public.items')).toBe(
      await contents(scene.source, 'public.items'),
    );
  });

  it('has no transaction open on the source between two chunks', async () => {
    const model = await scene.model('public.items');
    const stage = await beginCopy(scene, model);
    const ranges = await scene.fullSource.planChunks(model, 200_000);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, ranges);
    let chunks = 0;
    while (await copyOne(scene, model, stage, 0)) {
      chunks += 1;
      const open = await scene.source.query(
        `select query from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()
            and backend_type <> 'autovacuum worker'
            and (xact_start is not null or backend_xmin is not null)`,
      );
      expect(open).toEqual([]);
    }
    expect(chunks).toBeGreaterThan(3);
  });

  it('leaves nothing of a chunk whose target session was killed in the middle', async () => {
    const model = await scene.model('public.items');
    const stage = await beginCopy(scene, model);
    const ranges = await scene.fullSource.planChunks(model, 1e9);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, ranges);
    const chunk = await scene.state.chunks.claim(stage.tableId, stage.epoch, 0, 8);
    expect(chunk).not.toBeNull();
    if (chunk === null) return;
    const stream = await scene.fullSource.readChunk(model, chunk, 'pg-copy-binary');
    const locker = await scene.target.connect();
    await locker.query('begin');
    const staged = `sluice_stage_${stage.tableId}.items`;
    await locker.query(`lock table sluice.chunk in exclusive mode`);
    const loading = scene.fullTarget.loadChunk(stage, chunk, stream);
    const failed = expect(loading).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await waitFor('the chunk waits with its rows written', async () => {
      const ended = await scene.target.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where wait_event_type = 'Lock' and datname = current_database()
            and query like '%chunk_done%'`,
      );
      return ended.length > 0;
    });
    await failed;
    await locker.query('rollback');
    await stream.close();
    expect(await scene.target.query(`select from ${staged}`)).toHaveLength(0);
    expect(await copyOne(scene, model, stage, 0)).toBe(true);
    expect(await scene.target.query(`select from ${staged}`)).toHaveLength(20_000);
    const progress = await scene.state.chunks.progress(stage.tableId, stage.epoch);
    expect(progress).toMatchObject({ total: 1, done: 1, rows: 20_000 });
  });

  it('reports the source that broke and goes on with the same sessions', async () => {
    const model = await scene.model('public.items');
    const stage = await beginCopy(scene, model);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, [
      { relation: '"public"."items"', from: null, to: null },
    ]);
    const chunk = await scene.state.chunks.claim(stage.tableId, stage.epoch, 0, 8);
    if (chunk === null) throw new Error('no chunk');
    const stream = await scene.fullSource.readChunk(model, chunk, 'pg-copy-binary');
    await scene.source.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query like 'copy%' and pid <> pg_backend_pid()`,
    );
    const loaded = await scene.fullTarget
      .loadChunk(stage, chunk, stream)
      .catch((error: unknown) => error);
    await stream.close();
    // What was sent before the kill may have been the whole small chunk.
    if (loaded instanceof Error) expect(loaded).toMatchObject({ code: 'CONNECTION_LOST' });
    while (await copyOne(scene, model, stage, 0));
    const progress = await scene.state.chunks.progress(stage.tableId, stage.epoch);
    expect(progress).toMatchObject({ total: 1, done: 1, rows: 20_000 });
  });

  it('refuses a chunk that someone else has claimed since', async () => {
    const model = await scene.model('public.items');
    const stage = await beginCopy(scene, model);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, [
      { relation: '"public"."items"', from: null, to: null },
    ]);
    const first = await scene.state.chunks.claim(stage.tableId, stage.epoch, 0, 8);
    expect(await scene.state.chunks.claim(stage.tableId, stage.epoch, 1, 8)).toBeNull();
    const second = await scene.state.chunks.claim(stage.tableId, stage.epoch, 0, 8);
    if (first === null || second === null) throw new Error('no chunk');
    expect(Number(second.fence)).toBe(Number(first.fence) + 1);
    const late = await scene.fullSource.readChunk(model, first, 'pg-copy-binary');
    await expect(scene.fullTarget.loadChunk(stage, first, late)).rejects.toMatchObject({
      code: 'FENCED_OUT',
    });
    await late.close();
    const good = await scene.fullSource.readChunk(model, second, 'pg-copy-binary');
    expect(await scene.fullTarget.loadChunk(stage, second, good)).toMatchObject({ rows: 20_000 });
    await good.close();
  });

  it('refuses a chunk of an epoch that was overtaken', async () => {
    const model = await scene.model('public.items');
    const stage = await beginCopy(scene, model);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, [
      { relation: '"public"."items"', from: null, to: null },
    ]);
    await scene.state.tables.claim(stage.tableId);
    await expect(copyOne(scene, model, stage, 0)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
  });

  it('notices a table that was rewritten, and one that was made anew', async () => {
    await scene.source.query(`create table public.moved (id int primary key);
                              insert into public.moved select generate_series(1, 1000)`);
    const model = await scene.model('public.moved');
    const range = { relation: '"public"."moved"', from: null, to: null };
    await scene.source.query('vacuum full public.moved');
    await expect(scene.fullSource.readChunk(model, range, 'pg-copy-binary')).rejects.toMatchObject({
      code: 'FEED_CHANGED',
    });
    const again = await scene.model('public.moved');
    await scene.source.query('drop table public.moved');
    await expect(scene.fullSource.readChunk(again, range, 'pg-copy-binary')).rejects.toMatchObject({
      code: 'FEED_CHANGED',
    });
  });

  it('keeps what a stage of the same epoch holds when its creation is repeated', async () => {
    const model = await scene.model('public.items');
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage);
    await scene.fullTarget.createStage(model, stage);
    const staged = `sluice_stage_${stage.tableId}.items`;
    expect(await scene.target.query(`select from ${staged}`)).toHaveLength(20_000);
    const next = await beginCopy(scene, model);
    expect(await scene.target.query(`select from ${staged}`)).toHaveLength(0);
    await scene.fullTarget.dropStage(next);
    const left = await scene.target.query(
      `select from pg_namespace where nspname like 'sluice_stage%'
        union all select from sluice.owned where kind = 'stage'`,
    );
    expect(left).toHaveLength(0);
  });

  it('copies every chunk again into a stage that somebody dropped within an epoch', async () => {
    const model = await scene.model('public.items');
    const stage = await beginCopy(scene, model);
    await copyAll(scene, model, stage);
    await scene.fullTarget.dropStage(stage);
    await scene.fullTarget.createStage(model, stage);
    const progress = await scene.state.chunks.progress(stage.tableId, stage.epoch);
    expect(progress).toMatchObject({ done: 0, rows: 0 });
    expect((await scene.state.tables.get(stage.tableId))?.rowsCopied).toBe(0);
    await copyAll(scene, model, stage);
    const staged = `sluice_stage_${stage.tableId}.items`;
    expect(await scene.target.query(`select from ${staged}`)).toHaveLength(20_000);
  });
});
