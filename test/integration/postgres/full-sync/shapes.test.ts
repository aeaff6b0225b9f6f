import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyAll, openScene, resync } from './fixture.js';

const TYPES = `
  create type public.mood as enum ('low', 'high');
  create type public.pair as (a int, m public.mood);
  create domain public.percent as int check (value between 0 and 100)`;

const WIDE = `
  create table public.wide (
    id uuid primary key, flag boolean, small smallint, big bigint, ratio real, exact double precision,
    amount numeric, cash money, note text, code varchar(5), letter char(3), raw bytea, day date,
    clock time, zoned timetz, at timestamp, at_zone timestamptz, span interval, doc json, docb jsonb,
    net inet, block cidr, mac macaddr, bits bit(4), varied varbit, dot point, area box, words tsvector,
    search tsquery, numbers int4range, moments tstzrange, xml_text xml, list int[], grid text[][],
    m public.mood, moods public.mood[], p public.pair, ps public.pair[], pct public.percent,
    cls regclass, typ regtype, plain text, snapshot pg_lsn)`;

const ROW = `
  insert into public.wide
  select gen_random_uuid(), n % 2 = 0, n, n * 1e12, n / 3.0, n / 7.0, n::numeric / 3, n::money,
         repeat('é\t\\n', n), 'c' || n, 'ab', decode(repeat('00ff', n), 'hex'), date '0044-03-15 BC',
         '24:00', '12:00+05:30', 'infinity', '-infinity', '1 year -2 days 3.5 seconds',
         '{"b": 1,  "a": [null]}', '{"b": 1, "a": [null]}', '10.0.0.1/8', '10.0.0.0/8',
         '08:00:2b:01:02:03', b'1010', b'101', '(1,2)', '((0,0),(1,1))', 'a fat cat', 'fat & cat',
         '[1,5)', '(,2024-01-01)', '<a>1</a>', array[1, null, n], array[['x', 'y'], ['', 'NULL']],
         'high', array['low', null, 'high']::public.mood[], row(n, 'low')::public.pair,
         array[row(n, null)::public.pair], 50, 'pg_class', 'public.mood', 'x', '16/B374D848'
    from generate_series(1, 50) n;
  insert into public.wide (id) values (gen_random_uuid())`;

describeEachPostgres('tables of every shape on PostgreSQL %s', (version) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(version, `shapes ${version}`);
  });
  afterAll(async () => scene.close());

  it('loads a table again and again whose key is late or may be null', async () => {
    for (const key of ['int unique', 'int primary key deferrable']) {
      await scene.source.query(`drop table if exists public.relaxed;
        create table public.relaxed (code ${key}, v int); insert into public.relaxed values (1, 1)`);
      await resync(scene, 'public.relaxed');
      await scene.source.query(
        'update public.relaxed set v = 2; insert into public.relaxed values (3, 3)',
      );
      expect(await resync(scene, 'public.relaxed')).toMatchObject({
        method: 'truncate',
        done: true,
      });
      expect(await contents(scene.target, 'public.relaxed')).toBe(
        await contents(scene.source, 'public.relaxed'),
      );
      await scene.target.query('drop table public.relaxed');
    }
  });

  it('carries every type without a change, in text where raw bytes mean nothing elsewhere', async () => {
    for (const database of [scene.source, scene.target]) {
      // Types made before on one side have other numbers on the other.
      if (database === scene.target)
        await database.query(`create type public.earlier as enum ('x')`);
      await database.query(TYPES);
    }
    await scene.source.query(WIDE);
    await scene.source.query(ROW);
    const model = await scene.model('public.wide');
    expect(scene.fullSource.wires(model)).toEqual(['pg-copy-text']);
    await resync(scene, 'public.wide');
    expect(await contents(scene.target, 'public.wide')).toBe(
      await contents(scene.source, 'public.wide'),
    );
    expect((await contents(scene.target, 'public.wide')).startsWith('51 rows')).toBe(true);
    await scene.target.query(`update public.wide set amount = amount * 1.0, doc = '{"b":1}'
                               where id = (select id from public.wide order by id limit 1)`);
    const again = await resync(scene, 'public.wide', { load: 'merge' });
    expect(again.counts).toMatchObject({ inserted: 0, updated: 1, deleted: 0 });
    expect(await contents(scene.target, 'public.wide')).toBe(
      await contents(scene.source, 'public.wide'),
    );
  });

  it('carries a partition tree with its leaves, and merges into it', async () => {
    await scene.source.query(`
      create table public.log (id int, day date, line text, primary key (id, day))
        partition by range (day);
      create table public.log_2023 partition of public.log
        for values from ('2023-01-01') to ('2024-01-01');
      create table public.log_2024 partition of public.log
        for values from ('2024-01-01') to ('2025-01-01') partition by hash (id);
      create table public.log_2024_a partition of public.log_2024
        for values with (modulus 2, remainder 0);
      create table public.log_2024_b partition of public.log_2024
        for values with (modulus 2, remainder 1);
      insert into public.log
      select n, date '2023-06-01' + (n % 400), repeat('x', n % 90) from generate_series(1, 3000) n`);
    expect(await resync(scene, 'public.log')).toMatchObject({ method: 'swap', done: true });
    const byLeaf = `select tableoid::regclass::text, count(*)::int from public.log group by 1 order by 1`;
    expect(await scene.target.query(byLeaf)).toEqual(await scene.source.query(byLeaf));
    await scene.source.query(`update public.log set day = day + 100 where id % 10 = 0;
                              update public.log set line = 'new' where id % 7 = 0`);
    expect(await resync(scene, 'public.log')).toMatchObject({ method: 'merge', done: true });
    expect(await contents(scene.target, 'public.log')).toBe(
      await contents(scene.source, 'public.log'),
    );
    expect(await scene.target.query(byLeaf)).toEqual(await scene.source.query(byLeaf));
    // A row of the wider partition has no place in the live tree.
    await scene.source.query(`
      alter table public.log detach partition public.log_2023;
      alter table public.log attach partition public.log_2023
        for values from ('2022-01-01') to ('2024-01-01');
      insert into public.log values (1, '2022-05-05', 'early')`);
    expect(await resync(scene, 'public.log')).toMatchObject({ method: 'swap', done: true });
    expect(await scene.target.query(byLeaf)).toEqual(await scene.source.query(byLeaf));
    expect(await resync(scene, 'public.log')).toMatchObject({ method: 'merge', done: true });
  });

  it('reads a table without a key in one chunk and replaces it whole', async () => {
    await scene.source.query(`create table public.loose (a int, b text);
                              insert into public.loose select n % 3, 'same' from generate_series(1, 5000) n`);
    const model = await scene.model('public.loose');
    expect(await scene.fullSource.planChunks(model, 8192)).toHaveLength(1);
    expect(await resync(scene, 'public.loose')).toMatchObject({ method: 'swap', done: true });
    await scene.source.query(`delete from public.loose where a = 1`);
    expect(await resync(scene, 'public.loose')).toMatchObject({ method: 'truncate', done: true });
    expect(await contents(scene.target, 'public.loose')).toBe(
      await contents(scene.source, 'public.loose'),
    );
  });

  it('keeps identity values, and merges a table whose identity is not its key', async () => {
    await scene.source.query(`
      create table public.numbered (code text primary key, n int generated always as identity, v int);
      insert into public.numbered (code, v) select 'k' || g, g from generate_series(1, 300) g`);
    await resync(scene, 'public.numbered');
    await scene.source.query(`delete from public.numbered where v = 5;
                              insert into public.numbered (code, v) values ('k5', 5);
                              update public.numbered set v = 0 where v = 6`);
    const result = await resync(scene, 'public.numbered');
    expect(result).toMatchObject({ method: 'merge', counts: { updated: 2 } });
    expect(await contents(scene.target, 'public.numbered')).toBe(
      await contents(scene.source, 'public.numbered'),
    );
  });

  it('builds the key though a row that moved was read twice', async () => {
    await scene.source.query(`create table public.twice (id int primary key, v text);
                              insert into public.twice select n, 'v' from generate_series(1, 100) n`);
    const model = await scene.model('public.twice');
    const stage = await beginCopy(scene, model);
    await scene.target.query(
      `insert into sluice_stage_${stage.tableId}.twice values (7, 'older'), (7, 'v'), (8, 'v')`,
    );
    await copyAll(scene, model, stage);
    const rows = await scene.target.query(`select id from sluice_stage_${stage.tableId}.twice`);
    expect(rows).toHaveLength(100);
  });

  it('carries an empty table', async () => {
    await scene.source.query(`create table public.nothing (id int primary key)`);
    expect(await resync(scene, 'public.nothing')).toMatchObject({ method: 'swap', done: true });
    expect(await scene.target.query('select from public.nothing')).toHaveLength(0);
  });
});
