import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { Scene } from './fixture.js';
import { beginCopy, copyAll, LOCK_MS, openScene, resync } from './fixture.js';

const ROWS = 2_000;
/** So long a cut-over waits for a report; a reader behind it would wait as long. */
const REPORT_MS = patient(1_500);

describeEachPostgres('readers of the target on PostgreSQL %s', (version) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(version, `readers ${version}`);
    await scene.source.query(`
      create table public.stock (id int primary key, round int);
      insert into public.stock select n, 0 from generate_series(1, ${String(ROWS)}) n;
      create table public.bare (id int primary key, round int);
      insert into public.bare select n, 0 from generate_series(1, ${String(ROWS)}) n;
      create table public.parted (id int primary key, round int) partition by hash (id);
      create table public.parted_a partition of public.parted
        for values with (modulus 3, remainder 0);
      create table public.parted_b partition of public.parted
        for values with (modulus 3, remainder 1) partition by range (id);
      create table public.parted_b1 partition of public.parted_b for values from (0) to (1000);
      create table public.parted_b2 partition of public.parted_b default;
      create table public.parted_c partition of public.parted
        for values with (modulus 3, remainder 2);
      insert into public.parted select n, 0 from generate_series(1, ${String(ROWS)}) n`);
    await resync(scene, 'public.stock');
    await resync(scene, 'public.parted');
    await resync(scene, 'public.bare');
  });
  afterAll(async () => scene.close());

  it.each([
    ['merge', 'public.stock'],
    ['swap', 'public.bare'],
    ['truncate', 'public.bare'],
    ['partitionSwitch', 'public.parted'],
  ])('see neither an error nor part of a table during 20 resyncs by %s', async (load, table) => {
    const reader = await scene.target.connect();
    const stop = new AbortController();
    const seen = new Set<string>();
    let longest = 0;
    const reading = (async () => {
      while (!stop.signal.aborted) {
        const began = performance.now();
        const { rows } = await reader.query<{ rows: number; rounds: number }>(
          `select count(*)::int as rows, count(distinct round)::int as rounds from ${table}`,
        );
        longest = Math.max(longest, performance.now() - began);
        seen.add(`${String(rows[0]?.rows)} rows, ${String(rows[0]?.rounds)} rounds`);
      }
    })();
    const methods = new Set<string>();
    for (let round = 1; round <= 20; round += 1) {
      await scene.source.query(`update ${table} set round = ${String(round)}`);
      methods.add((await resync(scene, table, { load })).method);
    }
    stop.abort();
    await reading;
    expect([...seen]).toEqual([`${String(ROWS)} rows, 1 rounds`]);
    expect([...methods]).toEqual([load]);
    expect(longest).toBeLessThan(LOCK_MS);
  });

  it('a transaction with an old snapshot sees the whole former table across a merge', async () => {
    const reader = await scene.target.connect();
    await reader.query('begin isolation level repeatable read');
    await reader.query('select 1');
    const count = async () =>
      (
        await reader.query<{ round: number; n: number }>(
          `select round, count(*)::int as n from public.stock group by 1`,
        )
      ).rows;
    await scene.source.query(`update public.stock set round = 99 where id <= 100`);
    await resync(scene, 'public.stock', { load: 'merge' });
    expect(await count()).toEqual([{ round: 20, n: ROWS }]);
    await reader.query('commit');
    expect(await count()).toHaveLength(2);
    await scene.source.query(`update public.stock set round = 20`);
  });

  it('a transaction with an old snapshot does not find the rows of exchanged partitions', async () => {
    const reader = await scene.target.connect();
    const count = async () =>
      (await reader.query<{ n: number }>('select count(*)::int as n from public.parted')).rows;
    await reader.query('begin isolation level repeatable read');
    await reader.query('select 1');
    const load = { load: 'partitionSwitch' };
    expect(await resync(scene, 'public.parted', load)).toMatchObject({ method: load.load });
    expect(await count()).toEqual([{ n: 0 }]);
    await reader.query('commit');
    expect(await count()).toEqual([{ n: ROWS }]);
  });

  it('see neither an error nor half of a partition that is exchanged and read by its name', async () => {
    const reader = await scene.target.connect();
    const stop = new AbortController();
    const seen = new Set<number>();
    const reading = (async () => {
      while (!stop.signal.aborted) {
        const { rows } = await reader.query<{ n: number }>({
          name: 'leaf',
          text: 'select count(*)::int as n from public.parted_b1',
        });
        seen.add(rows[0]?.n ?? 0);
      }
    })();
    for (let round = 0; round < 5; round += 1) {
      await resync(scene, 'public.parted', { load: 'partitionSwitch' });
    }
    stop.abort();
    await reading;
    expect(seen.size).toBe(1);
  });

  it.each([
    ['swap', 'public.bare', 'public.bare'],
    ['partitionSwitch', 'public.parted', 'public.parted_b2'],
  ] as const)('never queue behind a %s that waits for a long report', async (way, name, read) => {
    const model = await scene.model(name);
    const stage = await beginCopy(scene, model, { load: way });
    await copyAll(scene, model, stage);
    const report = await scene.target.connect();
    await report.query('begin');
    await report.query(`select count(*) from ${read}`);
    const how = { method: way, maxRows: 10, lockTimeoutMs: REPORT_MS } as const;
    let over = false;
    const trying = scene.fullTarget
      .cutOver(stage, how)
      .catch((error: unknown) => error)
      .finally(() => (over = true));
    const reader = await scene.target.connect();
    const waits: number[] = [];
    while (!over) {
      const began = performance.now();
      await reader.query(`select count(*) from ${name}`);
      waits.push(performance.now() - began);
    }
    expect(await trying).toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(waits.length).toBeGreaterThan(5);
    expect(Math.max(...waits)).toBeLessThan(REPORT_MS * (2 / 3));
    await report.query('commit');
    const done = await waitFor('the cut-over succeeds', async () => {
      const result = await scene.fullTarget.cutOver(stage, how);
      return result.done;
    });
    expect(done).toBe(true);
  });
});
