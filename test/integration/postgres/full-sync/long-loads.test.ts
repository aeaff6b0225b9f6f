import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChunkStream } from '../../../../src/engines/contract/full-sync.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyAll, openScene, showStage } from './fixture.js';

/** A slow machine needs time for all the other statements. */
const LIMIT_MS = patient(500);
const SLOW_ROWS = 20;
/** All rows together take four times as long as a statement may. */
const DAWDLE_S = (LIMIT_MS * 4) / SLOW_ROWS / 1_000;

/** A statement of another session has run for longer than it may by default. */
async function overtime(database: TestDatabase, like: string): Promise<void> {
  await waitFor(`${like} takes long`, async () => {
    const rows = await database.query(
      `select from pg_stat_activity
        where state = 'active' and datname = current_database() and query ilike $1
          and pid <> pg_backend_pid()
          and clock_timestamp() - query_start > interval '${String(LIMIT_MS * 2)} ms'`,
      [like],
    );
    return rows.length > 0;
  });
}

describe('loads that take longer than the statement timeout of their connections', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene('18', 'long loads', { statementTimeoutMs: LIMIT_MS });
    await scene.source.query(`
      create table public.keyless (n int, filler text);
      insert into public.keyless select n, repeat('x', 2000) from generate_series(1, 20000) n;
      create table public.slow (id int primary key);
      insert into public.slow select n from generate_series(1, ${String(SLOW_ROWS)}) n;
      create table public.still (id int primary key);
      insert into public.still values (1)`);
  });
  afterAll(async () => scene.close());

  it('read and write a table without a key in one statement each', async () => {
    const model = await scene.model('public.keyless');
    const stage = await beginCopy(scene, model);
    const ranges = await scene.fullSource.planChunks(model, 64 * 1024);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, ranges);
    const chunk = await scene.state.chunks.claim(stage.tableId, stage.epoch, 0, 8);
    if (chunk === null) throw new Error('There is no chunk.');
    const stream = await scene.fullSource.readChunk(model, chunk, 'pg-copy-binary');
    const slow = new PassThrough();
    const loading = scene.fullTarget.loadChunk(stage, chunk, { ...stream, bytes: slow });
    const loaded = expect(loading).resolves.toMatchObject({ rows: 20_000 });
    await overtime(scene.source, 'copy (select%');
    await overtime(scene.target, 'copy "sluice_stage%');
    stream.bytes.pipe(slow);
    await loaded;
    await stream.close();
  });

  it('replace the rows of a live table in one statement', async () => {
    await scene.target.query(`
      create table public.slow (id int primary key);
      create function public.dawdle() returns trigger language plpgsql as
        'begin perform pg_sleep(${String(DAWDLE_S)}); return new; end';
      create trigger dawdle before insert on public.slow
        for each row execute function public.dawdle();
      alter table public.slow enable always trigger dawdle`);
    const model = await scene.model('public.slow');
    const stage = await beginCopy(scene, model, { load: 'truncate' });
    await copyAll(scene, model, stage);
    expect(await showStage(scene, stage, 'truncate')).toMatchObject({ done: true });
    expect(await contents(scene.target, 'public.slow')).toBe(
      await contents(scene.source, 'public.slow'),
    );
  });
});

describe('a load of which nothing moves', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene('18', 'still loads', { stalledMs: LIMIT_MS });
    await scene.source.query('create table public.still (id int primary key)');
  });
  afterAll(async () => scene.close());

  const load = async (bytes: PassThrough, whileLoading: (table: string) => Promise<void>) => {
    const model = await scene.model('public.still');
    const stage = await beginCopy(scene, model);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, [
      { relation: 'public.still', from: null, to: null },
    ]);
    const chunk = await scene.state.chunks.claim(stage.tableId, stage.epoch, 0, 8);
    if (chunk === null) throw new Error('There is no chunk.');
    await whileLoading(`sluice_stage_${stage.tableId}.still`);
    const stream: ChunkStream = {
      wire: 'pg-copy-binary',
      columns: ['id'],
      bytes,
      close: () => Promise.resolve(),
    };
    return scene.fullTarget.loadChunk(stage, chunk, stream);
  };

  it('is given up when the source sends nothing', async () => {
    await expect(load(new PassThrough(), () => Promise.resolve())).rejects.toMatchObject({
      code: 'SERVER_BUSY',
      message: expect.stringContaining('it waited for the source') as unknown,
    });
  });

  it('is given up when the target takes nothing', async () => {
    const locker = await scene.target.connect();
    const bytes = new PassThrough();
    bytes.end();
    await expect(
      load(bytes, async (table) => {
        await locker.query(`begin; lock table ${table} in access exclusive mode`);
      }),
    ).rejects.toMatchObject({
      code: 'SERVER_BUSY',
      message: expect.stringContaining('it waited for the target') as unknown,
    });
    await locker.query('rollback');
  });
});
