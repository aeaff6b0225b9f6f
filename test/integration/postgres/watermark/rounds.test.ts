import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Followed, WatermarkScene } from './fixture.js';
import { openWatermarkScene, round, rowsOf, storedWatermark } from './fixture.js';

describeEachPostgres('following by a watermark on PostgreSQL %s', (version) => {
  let scene: WatermarkScene;

  beforeAll(async () => {
    scene = await openWatermarkScene(version, 'watermark');
  });

  afterAll(async () => {
    await scene.close();
  });

  const equal = async (table: string) =>
    expect(await rowsOf(scene.target, table)).toEqual(await rowsOf(scene.source, table));

  /** Rounds until the source's rows are there: the bound follows the clock by a second. */
  const until = async (table: Followed, name: string, column: string, from: string | null) => {
    let watermark = from;
    await waitFor('the target has everything', async () => {
      ({ watermark } = await round(scene, table, column, { from: watermark, overlapMs: 0 }));
      const [source, target] = [await rowsOf(scene.source, name), await rowsOf(scene.target, name)];
      return JSON.stringify(source) === JSON.stringify(target);
    });
    return watermark;
  };

  it('brings inserts and updates, keeps microseconds, and stores the watermark with the rows', async () => {
    const table = await scene.createTable(
      `create table public.plain (id int generated always as identity primary key, v json,
         twice int generated always as (length(v::text) * 2) stored,
         at timestamptz not null default clock_timestamp())`,
      'public.plain',
    );
    await scene.source.query(
      `insert into plain (v) select to_json(n) from generate_series(1, 500) n`,
    );
    const first = await until(table, 'plain', 'at', null);
    expect(await storedWatermark(scene, table)).toBe(first);
    await scene.source.query(
      `update plain set v = '"new"', at = clock_timestamp() where id % 7 = 0`,
    );
    await until(table, 'plain', 'at', first);
  });

  it('writes the key as the source has it where the server calls both equal, once', async () => {
    const table = await scene.createTable(
      `create collation if not exists public.any_case
         (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
       create table public.spelt
         (k text collate public.any_case primary key, v int, at timestamptz not null)`,
      'public.spelt',
    );
    await scene.source.query(`insert into spelt values ('Ab', 1, now() - interval '1 hour')`);
    const { watermark } = await round(scene, table, 'at', { from: null });
    await scene.source.query(`update spelt set k = 'aB', at = now() - interval '59 minutes'`);
    const again = { from: watermark, overlapMs: 7_200_000 };
    expect(await round(scene, table, 'at', again)).toMatchObject({ written: 1 });
    await equal('spelt');
    expect(await round(scene, table, 'at', again)).toMatchObject({ written: 0 });
  });

  it('does not write rows again that are equal already', async () => {
    const table = await scene.createTable(
      'create table public.again (id int primary key, v text, at timestamptz not null)',
      'public.again',
    );
    await scene.source.query(
      `insert into again select n, 'x', now() - interval '1 hour' from generate_series(1, 50) n`,
    );
    const { watermark, written } = await round(scene, table, 'at', { from: null });
    expect(written).toBe(50);
    const again = await round(scene, table, 'at', { from: watermark, overlapMs: 7_200_000 });
    expect(again).toMatchObject({ read: 50, written: 0 });
    const idle = await round(scene, table, 'at', { from: again.watermark, overlapMs: 0 });
    expect(idle).toMatchObject({ read: 0, written: 0 });
  });

  it('does not miss a row that was written early and committed late', async () => {
    const table = await scene.createTable(
      'create table public.late (id int primary key, at timestamptz not null default now())',
      'public.late',
    );
    const slow = await scene.source.connect();
    await slow.query('begin');
    await slow.query('insert into late (id) values (1)');
    await scene.source.query('insert into late (id) values (2)');
    await waitFor('the clock has left both rows behind', async () => {
      const [row] = await scene.source.query<{ past: boolean }>(
        `select max(at) < clock_timestamp() - interval '1.1 seconds' as past from late`,
      );
      return row?.past === true;
    });
    const { watermark } = await round(scene, table, 'at', { from: null });
    expect(await rowsOf(scene.target, 'late')).toEqual([]);
    await slow.query('commit');
    await until(table, 'late', 'at', watermark);
    expect(await rowsOf(scene.target, 'late')).toHaveLength(2);
  });

  it('waits for a transaction that has taken a number and written nothing yet', async () => {
    const table = await scene.createTable(
      'create table public.numbered (id bigserial primary key, v text)',
      'public.numbered',
    );
    await scene.source.query(`insert into numbered (v) values ('a'), ('b')`);
    const { watermark } = await round(scene, table, 'id', { from: null });
    expect(watermark).toBe('2');
    const slow = await scene.source.connect();
    await slow.query('begin');
    await slow.query(`select nextval('numbered_id_seq')`);
    await scene.source.query(`insert into numbered (v) values ('d')`);
    const meanwhile = await round(scene, table, 'id', { from: watermark });
    expect(meanwhile.watermark).toBe('2');
    await slow.query(`insert into numbered values (3, 'c')`);
    await slow.query('commit');
    const after = await round(scene, table, 'id', { from: meanwhile.watermark });
    expect(after.watermark).toBe('4');
    await equal('numbered');
  });

  it('reads many rows of one value, page by page', async () => {
    const table = await scene.createTable(
      'create table public.ties (id int primary key, at timestamp not null)',
      'public.ties',
    );
    await scene.source.query(
      `insert into ties select n, date '2020-01-01' + (n / 40) * interval '1 microsecond'
         from generate_series(0, 399) n`,
    );
    const { read } = await round(scene, table, 'at', { from: null, pageRows: 7 });
    await equal('ties');
    expect(read).toBeGreaterThanOrEqual(400);
    await scene.source.query(`insert into ties select 1000, at from ties order by at desc limit 1`);
    const known = await storedWatermark(scene, table);
    await round(scene, table, 'at', { from: known, pageRows: 7 });
    await equal('ties');
  });

  it('follows uuid, text, numeric and date columns', async () => {
    const types: [string, string][] = [
      ['uuid', `lpad(n::text, 32, '0')::uuid`],
      ['text', `lpad(n::text, 6, '0')`],
      ['numeric(12,2)', 'n * 1.25'],
      ['date', `date '2020-01-01' + n`],
    ];
    for (const [index, [type, value]] of types.entries()) {
      const name = `typed_${String(index)}`;
      const table = await scene.createTable(
        `create table public.${name} (id int primary key, w ${type} not null)`,
        `public.${name}`,
      );
      await scene.source.query(
        `insert into ${name} select n, ${value} from generate_series(1, 60) n`,
      );
      const { watermark } = await round(scene, table, 'w', { from: null, pageRows: 25 });
      await scene.source.query(
        `insert into ${name} select n, ${value} from generate_series(61, 80) n`,
      );
      await round(scene, table, 'w', { from: watermark, overlapMs: 60_000 });
      await equal(name);
    }
  });

  it('lets rows exchange unique values', async () => {
    const table = await scene.createTable(
      'create table public.swapped (id int primary key, u int unique, n int not null)',
      'public.swapped',
    );
    await scene.source.query('insert into swapped values (1, 10, 1), (2, 20, 1)');
    const { watermark } = await round(scene, table, 'n', { from: null });
    await scene.source.query(
      'begin; update swapped set u = null; update swapped set u = 30 - id * 10, n = 2; commit',
    );
    await round(scene, table, 'n', { from: watermark });
    await equal('swapped');
  });

  it('removes what a column marks as deleted, and never brings it', async () => {
    const table = await scene.createTable(
      'create table public.marked (id int primary key, gone timestamptz, n int not null)',
      'public.marked',
    );
    await scene.source.query(`insert into marked values (1, null, 1), (2, now(), 2), (3, null, 3)`);
    const soft = { softDeleteColumn: 'gone' };
    const { watermark } = await round(scene, table, 'n', { from: null, ...soft });
    expect(await rowsOf(scene.target, 'marked')).toEqual(['(1,,1)', '(3,,3)']);
    await scene.source.query(`update marked set gone = now(), n = 4 where id = 3`);
    await round(scene, table, 'n', { from: watermark, ...soft });
    expect(await rowsOf(scene.target, 'marked')).toEqual(['(1,,1)']);
    await scene.target.query(`insert into marked values (9, now(), 0)`);
    expect(await scene.to.removeMarked(table.stage, 'gone')).toBe(1);
  });

  it('writes nothing once another owner has claimed the table', async () => {
    const table = await scene.createTable(
      'create table public.fenced (id int primary key)',
      'public.fenced',
    );
    await scene.source.query('insert into fenced values (1)');
    await scene.target.query('update sluice.table_state set fence = fence + 1');
    await expect(round(scene, table, 'id', { from: null })).rejects.toMatchObject({
      kind: 'benign',
    });
    expect(await rowsOf(scene.target, 'fenced')).toEqual([]);
  });

  it('refuses a table without a key and finds the highest value that is there', async () => {
    const table = await scene.createTable('create table public.keyless (w int)', 'public.keyless');
    await scene.source.query('insert into keyless values (1)');
    await expect(round(scene, table, 'w', { from: null })).rejects.toMatchObject({
      code: 'KEY_MISSING',
    });
    expect(await scene.to.highest(table.model, table.stage, 'w')).toBeNull();
    await scene.target.query('insert into keyless values (3), (7), (null)');
    expect(await scene.to.highest(table.model, table.stage, 'w')).toBe('7');
  });

  it('says what a watermark column lacks', async () => {
    const table = await scene.createTable(
      'create table public.poor (id int primary key, w timestamp)',
      'public.poor',
    );
    await scene.source.query(
      `insert into poor select n, timestamp '2020-01-01' - n * interval '1 day'
         from generate_series(1, 300) n`,
    );
    const found = await scene.from.findings(table.model, 'w');
    const codes = found.map((finding) => finding.code);
    expect(codes).toEqual([
      'watermark.nullable',
      'watermark.unindexed',
      'watermark.local-time',
      'watermark.decreasing',
      'watermark.deletes',
    ]);
    const good = await scene.from.findings(table.model, 'id');
    expect(good.map((finding) => finding.code)).toEqual(['watermark.number', 'watermark.deletes']);
  });
});
