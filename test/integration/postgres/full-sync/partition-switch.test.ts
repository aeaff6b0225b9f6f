/** spec.md section 3: partitions are exchanged one by one, and the table keeps all that hangs on it. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { StageRef } from '../../../../src/engines/contract/full-sync.js';
import { PgSchemaTarget } from '../../../../src/engines/postgres/define/schema-target.js';
import { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './fixture.js';
import {
  beginCopy,
  connectionTo,
  contents,
  copyAll,
  openScene,
  resync,
  showStage,
} from './fixture.js';

const SALES = `
  create table public.sales (id serial, day date, region text default 'none', amount numeric,
    check (amount >= 0), primary key (id, day)) partition by range (day);
  comment on table public.sales is 'by day';
  create table public.sales_2023 partition of public.sales
    for values from ('2023-01-01') to ('2024-01-01');
  create table public.sales_2024 partition of public.sales
    for values from ('2024-01-01') to ('2025-01-01') partition by hash (id);
  create table public.sales_2024_a partition of public.sales_2024
    for values with (modulus 2, remainder 0);
  create table public.sales_2024_b partition of public.sales_2024
    for values with (modulus 2, remainder 1);
  create table public.sales_other partition of public.sales default;
  create index sales_region on public.sales (region);
  insert into public.sales (day, region, amount)
  select date '2022-06-01' + (n % 1200), 'r' || n % 7, n from generate_series(1, 3000) n`;

/** Everything that a table is and that hangs on it, without the numbers of its leaves. */
const SHAPE = `
with recursive tree as (
  select 'public.sales'::regclass::oid as oid
   union all
  select i.inhrelid from pg_inherits i join tree on tree.oid = i.inhparent
)
select c.relname, case when c.relkind = 'p' then c.oid end as oid, n.nspname,
       pg_get_expr(c.relpartbound, c.oid) as bound, c.relowner::regrole::text as owner,
       c.relacl::text as grants, c.relreplident, obj_description(c.oid, 'pg_class') as comment,
       (select json_agg(json_build_array(attname, attnotnull, attacl::text, attislocal, attinhcount,
                 (select pg_get_expr(adbin, adrelid) from pg_attrdef
                   where adrelid = attrelid and adnum = attnum)) order by attname)
          from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns,
       (select json_agg(json_build_array(conname, contype, conislocal, coninhcount, convalidated,
                 conparentid <> 0, pg_get_constraintdef(oid)) order by conname)
          from pg_constraint where conrelid = c.oid) as rules,
       (select json_agg(json_build_array(indexrelid::regclass::text, pg_get_indexdef(indexrelid),
                 indisvalid, indisreplident) order by indexrelid::regclass::text)
          from pg_index where indrelid = c.oid) as indexes,
       (select json_agg(json_build_array(tgname, tgenabled, tgparentid <> 0) order by tgname)
          from pg_trigger where tgrelid = c.oid) as triggers,
       (select json_agg(polname) from pg_policy where polrelid = c.oid) as policies,
       (select json_agg(conname order by conname) from pg_constraint where confrelid = c.oid) as keys,
       (select json_agg(p.pubname) from pg_publication_rel r join pg_publication p on p.oid = r.prpubid
         where r.prrelid = c.oid) as publications,
       (select json_agg(stxname) from pg_statistic_ext where stxrelid = c.oid) as statistics,
       (select json_agg(distinct ev_class::regclass::text)
          from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
         where d.refobjid = c.oid) as views
  from tree
  join pg_class c on c.oid = tree.oid
  join pg_namespace n on n.oid = c.relnamespace
 order by c.relname`;

const LEAVES = `
select oid::text as oid from pg_class
 where relname in ('sales_2023', 'sales_2024_a', 'sales_2024_b', 'sales_other')`;

const EVENTS = `select message from sluice.event where kind in ('switch', 'load') order by event_id`;
const LOAD = { load: 'partitionSwitch' };

describeEachPostgres('load: partitionSwitch on PostgreSQL %s', (version) => {
  let scene: Scene;
  beforeAll(async () => {
    const session = { client_min_messages: 'debug1' };
    scene = await openScene(version, `switch ${version}`, { session });
    await scene.source.query(SALES);
    await scene.target.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = 'partition_reader') then
          create role partition_reader;
        end if;
      end $$`);
  });
  afterAll(async () => scene.close());

  /** The live table anew, as a first load makes it, with rows that are not the source's. */
  beforeEach(async () => {
    await scene.target.query('drop table if exists public.sales cascade');
    await resync(scene, 'public.sales');
    await scene.target.query(`
      delete from public.sales where id % 10 = 0;
      update public.sales set amount = 0 where id % 11 = 0;
      delete from sluice.event`);
  });

  const expectEqual = async () => {
    expect(await contents(scene.target, 'public.sales')).toBe(
      await contents(scene.source, 'public.sales'),
    );
  };
  const leaves = async () =>
    new Set((await scene.target.query<{ oid: string }>(LEAVES)).map(({ oid }) => oid));
  const messages = async () =>
    (await scene.target.query<{ message: string }>(EVENTS)).map(({ message }) => message);
  const leftovers = async () =>
    scene.target.query(`
      select nspname as name from pg_namespace where nspname like 'sluice_stage%'
       union all
      select conname from pg_constraint where conname like 'sluice%'
       and conrelid::regclass::text not like 'sluice.%'`);

  it('keeps the table with a view, rights, a trigger and all else that hangs on it', async () => {
    await scene.target.query(`
      create view public.cheap as select * from public.sales where amount < 100;
      grant select on public.sales to partition_reader;
      grant select, update on public.sales_2023 to partition_reader with grant option;
      grant insert (region) on public.sales_2024_a to public;
      revoke delete on public.sales_other from current_user;
      comment on table public.sales_2023 is 'old';
      comment on column public.sales_2023.amount is 'in euro';
      create or replace function public.quiet() returns trigger language plpgsql
        as 'begin return new; end';
      create trigger watch after update on public.sales
        for each row execute function public.quiet();
      alter table public.sales enable row level security;
      create policy all_rows on public.sales using (true);
      create statistics public.sales_days on day, region from public.sales;
      create unique index sales_target on public.sales (day, id, amount);
      create index sales_2023_only on public.sales_2023 (amount) where amount > 10;
      alter table public.sales_2023 add constraint from_2000 check (day > '2000-01-01');
      alter table public.sales_2023 alter region set default 'old'`);
    const before = await scene.target.query(SHAPE);
    const old = await leaves();
    expect(await resync(scene, 'public.sales', LOAD)).toMatchObject({
      method: 'partitionSwitch',
      done: true,
    });
    expect(await scene.target.query(SHAPE)).toEqual(before);
    await expectEqual();
    expect([...(await leaves())].filter((oid) => old.has(oid))).toEqual([]);
    expect(await messages()).toEqual(['Exchanged 4 partitions for their new copies.']);
    expect(await leftovers()).toEqual([]);
    await scene.target.query(
      `insert into public.sales (id, day, amount) values (-1, '2024-05-05', 1)`,
    );
    expect(await resync(scene, 'public.sales', LOAD)).toMatchObject({ method: 'partitionSwitch' });
    await expectEqual();
    expect(await scene.target.query(SHAPE)).toEqual(before);
    const [view] = await scene.target.query('select count(*)::int as n from public.cheap');
    expect(view).toEqual({ n: 99 });
  });

  it('reads no row and builds no index while readers wait', async () => {
    await scene.target.query(`create index sales_target on public.sales (amount)`);
    const model = await scene.model('public.sales');
    const stage = await beginCopy(scene, model, LOAD);
    await copyAll(scene, model, stage);
    const before = scene.notices.length;
    expect(await showStage(scene, stage, 'partitionSwitch')).toMatchObject({
      method: 'partitionSwitch',
    });
    const said = scene.notices.slice(before);
    const proven = said.filter((line) => line.includes('is implied by existing constraints'));
    expect(proven).toHaveLength(4);
    expect(said.filter((line) => /verifying|building|rewriting/.test(line))).toEqual([]);
  });

  it('leaves nothing that a comparison with the source would mend', async () => {
    const session = new SqlSession(connectionTo(scene.target), 'target');
    const owner = { pipeline: 'shop', target: 'copy' };
    const target = { schema: 'public', table: 'sales' };
    const schema = new PgSchemaTarget(session);
    const model = await scene.model('public.sales');
    const compared = async () => [
      (await schema.compareTable(model, target, { heal: true, owner })).changes,
      await schema.finishTable(model, target, owner),
    ];
    const before = await compared();
    expect(await resync(scene, 'public.sales', LOAD)).toMatchObject({ method: 'partitionSwitch' });
    expect(await compared()).toEqual(before);
    await session.close();
  });

  it.each([
    [
      'a foreign key',
      `create table public.lines (id int primary key, sale int, day date,
         foreign key (sale, day) references public.sales);
       insert into public.lines select 1, id, day from public.sales limit 1`,
      `drop table public.lines`,
    ],
    ['publication', `create publication further for table public.sales`, ''],
    ['publication', `create publication everything for all tables`, 'drop publication everything'],
    ['a view', `create view public.old as select * from public.sales_2023`, ''],
    [
      'a trigger of its own',
      `create or replace function public.quiet() returns trigger language plpgsql
         as 'begin return new; end';
       create trigger own after insert on public.sales_2023
         for each row execute function public.quiet()`,
      '',
    ],
    ['lacks index', `create index sales_loose on only public.sales (amount)`, ''],
    [
      'lacks the partition',
      `alter table public.sales detach partition public.sales_other;
       drop table public.sales_other;
       create table public.sales_other partition of public.sales
         for values from (minvalue) to ('2023-01-01');
       create table public.sales_later partition of public.sales
         for values from ('2025-01-01') to (maxvalue);
       delete from sluice.owned where kind = 'table'`,
      '',
    ],
  ])('merges, and says so, where there is %s in the way', async (why, hang, after) => {
    await scene.target.query(hang);
    const before = await scene.target.query(SHAPE);
    const model = await scene.model('public.sales');
    const stage = await beginCopy(scene, model, LOAD);
    await copyAll(scene, model, stage);
    const forbidden = { method: 'merge', reason: expect.stringContaining(why) as unknown };
    const choose = async (of?: StageRef) =>
      scene.fullTarget.chooseLoad(stage.target, 'partitionSwitch', of);
    expect(await choose(stage)).toMatchObject(forbidden);
    // `sluice plan` knows no stage.
    if (!why.startsWith('lacks')) expect(await choose()).toMatchObject(forbidden);
    expect(await showStage(scene, stage, 'partitionSwitch')).toMatchObject({ method: 'merge' });
    expect(await scene.target.query(SHAPE)).toEqual(before);
    await expectEqual();
    if (after !== '') await scene.target.query(after);
  });

  it('merges after the server refused the exchange', async () => {
    await scene.target.query('create table public.boxed (row public.sales_2024_b)');
    const before = await scene.target.query(SHAPE);
    expect(await resync(scene, 'public.sales', LOAD)).toMatchObject({
      method: 'merge',
      done: true,
      refused: 'the server refused it (SQLSTATE 2BP01)',
    });
    expect(await scene.target.query(SHAPE)).toEqual(before);
    await expectEqual();
    expect(await leftovers()).toEqual([]);
    await scene.target.query('drop table public.boxed');
  });

  it('exchanges nothing that came to differ after the stage was made ready', async () => {
    const model = await scene.model('public.sales');
    const stage = await beginCopy(scene, model, LOAD);
    await copyAll(scene, model, stage);
    await scene.target.query(`create index sales_late on public.sales (amount)`);
    const how = { maxRows: 10, lockTimeoutMs: 1_000, method: 'partitionSwitch' } as const;
    expect(await scene.fullTarget.cutOver(stage, how)).toMatchObject({
      done: false,
      refused: expect.stringContaining('differs in index') as unknown,
    });
    expect(await showStage(scene, stage, 'partitionSwitch')).toMatchObject({ method: 'merge' });
    await expectEqual();
  });

  it('leaves no proof behind in a table that is swapped in instead', async () => {
    const model = await scene.model('public.sales');
    const stage = await beginCopy(scene, model, LOAD);
    await copyAll(scene, model, stage);
    await scene.target.query('drop table public.sales');
    expect(await showStage(scene, stage, 'partitionSwitch')).toMatchObject({ method: 'swap' });
    await expectEqual();
    expect(await leftovers()).toEqual([]);
  });

  const HELD = 'create view public.held as select * from public.sales_2024_a;';
  it.each([
    ['partitionSwitch', ''],
    ['merge', HELD],
    ['truncate', `${HELD} alter table public.sales drop constraint sales_pkey;`],
  ])(
    'by %s empties partitions that the source has no row in, or keeps them',
    async (method, sql) => {
      await scene.target.query(`${sql}
      create table public.sales_1999 partition of public.sales
        for values from ('1999-01-01') to ('2000-01-01');
      insert into public.sales (day, amount) values ('1999-05-05', 1)`);
      const count = async (table: string) =>
        (await scene.target.query<{ n: number }>(`select count(*)::int as n from ${table}`))[0]?.n;
      const old = await count('public.sales_2023');
      await scene.source.query(`create table public.away as
      with gone as (delete from public.sales where day between '2023-01-01' and '2023-12-31' returning *)
      select * from gone`);
      const keeping = { ...LOAD, keepsPartitions: true };
      expect(await resync(scene, 'public.sales', keeping)).toMatchObject({ method });
      expect([await count('public.sales_1999'), await count('public.sales_2023')]).toEqual([
        1,
        old,
      ]);
      const exchanged =
        method === 'partitionSwitch' ? ['Exchanged 3 partitions for their new copies.'] : [];
      expect(await messages()).toEqual([
        'The source has no row in 2 partitions of the target; they stay as they are.',
        ...exchanged,
      ]);
      const [others] = await scene.target.query(
        `select count(*)::int as n from public.sales where day >= '2024-01-01' or day < '1999-01-01'
          or day between '2000-01-01' and '2022-12-31'`,
      );
      expect([others]).toEqual(
        await scene.source.query(`select count(*)::int as n from public.sales`),
      );
      expect(await resync(scene, 'public.sales', LOAD)).toMatchObject({ method });
      expect([await count('public.sales_1999'), await count('public.sales_2023')]).toEqual([0, 0]);
      await expectEqual();
      await scene.source.query(`insert into public.sales select * from public.away;
                              drop table public.away`);
    },
  );

  it('takes rows of its default partition that the live table has another place for, and merges', async () => {
    await scene.target.query(`create table public.sales_2030 partition of public.sales
      for values from ('2030-01-01') to ('2031-01-01')`);
    const model = await scene.model('public.sales');
    const stage = await beginCopy(scene, model, LOAD);
    await copyAll(scene, model, stage);
    // As what is parked comes into the stage.
    const late = `(id, day, amount) values (900001, '2030-05-05', 1)`;
    await scene.target.query(`insert into sluice_stage_${stage.tableId}.sales ${late}`);
    await scene.source.query(`insert into public.sales ${late}`);
    const how = { maxRows: 10, lockTimeoutMs: 5_000, method: 'partitionSwitch' } as const;
    const result = await scene.fullTarget.cutOver(stage, how);
    expect(result).toMatchObject({ done: false, refused: expect.any(String) as string });
    expect(await showStage(scene, stage, LOAD.load)).toMatchObject({ method: 'merge' });
    await expectEqual();
    await scene.target.query('drop table public.sales_2030');
    await scene.source.query('delete from public.sales where id = 900001');
  });

  it('merges where the rows of a default partition are to be kept', async () => {
    const held = `insert into public.sales (id, day, amount) values (900002, '2031-05-05', 1)`;
    await scene.target.query(held);
    await scene.source.query(`create table public.away as
      with gone as (delete from only public.sales_other returning *) select * from gone`);
    const keeping = { ...LOAD, keepsPartitions: true };
    expect(await resync(scene, 'public.sales', keeping)).toMatchObject({
      method: 'merge',
      refused: 'the rows of its default partition are to be kept',
    });
    const kept = 'select from only public.sales_other where id = 900002';
    expect(await scene.target.query(kept)).toHaveLength(1);
    await scene.source.query(`insert into public.sales select * from public.away;
                              drop table public.away`);
    await resync(scene, 'public.sales', LOAD);
    await expectEqual();
  });

  it('is all or nothing wherever its session dies, and can be repeated', async () => {
    const model = await scene.model('public.sales');
    const stage = await beginCopy(scene, model, LOAD);
    await copyAll(scene, model, stage);
    const old = await contents(scene.target, 'public.sales');
    const shape = await scene.target.query(SHAPE);
    await scene.target.query(`
      create sequence public.step;
      create table public.dies_at (step int);
      insert into public.dies_at values (1);
      create function public.die() returns event_trigger language plpgsql as $$ begin
        if nextval('public.step') = (select step from public.dies_at) then
          perform pg_terminate_backend(pg_backend_pid());
          perform pg_sleep(60);
        end if;
      end $$;
      create event trigger die on ddl_command_end execute function public.die();
      alter event trigger die enable always`);
    const how = { maxRows: 10, lockTimeoutMs: 5_000, method: 'partitionSwitch' } as const;
    let died = 0;
    for (;;) {
      await scene.target.query(`update public.dies_at set step = ${String(died * 3 + 1)};
                                select setval('public.step', 1, false)`);
      const result = await scene.fullTarget.cutOver(stage, how).catch((error: unknown) => error);
      if (!(result instanceof Error)) {
        expect(result).toMatchObject({ done: true });
        break;
      }
      expect(result).toMatchObject({ code: 'CONNECTION_LOST' });
      died += 1;
      expect(await contents(scene.target, 'public.sales')).toBe(old);
      expect(await scene.target.query(SHAPE)).toEqual(shape);
    }
    expect(died).toBeGreaterThan(5);
    expect(await scene.fullTarget.cutOver(stage, how)).toMatchObject({ done: true });
    await scene.target.query(`drop event trigger die; drop function public.die();
                              drop table public.dies_at; drop sequence public.step`);
    await expectEqual();
    expect(await scene.target.query(SHAPE)).toEqual(shape);
    expect(await leftovers()).toEqual([]);
  });
});
