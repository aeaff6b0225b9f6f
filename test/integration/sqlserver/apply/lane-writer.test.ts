import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LaneTableFault, MembershipChanged } from '../../../../src/engines/contract/lane.js';
import { SimTable } from './sim-table.js';
import type { LaneScene } from './support.js';
import { nextPosition, openLane, replicate, texts } from './support.js';

const SIMPLE = `create table dbo.t (id int not null primary key, v nvarchar(50) null,
  u int null constraint u_is_unique unique)`;

function simple(): SimTable {
  return new SimTable('t', [{ name: 'id', key: true }, { name: 'v' }, { name: 'u' }]);
}

const row = (id: number, v: string | null, u: number | null) => ({
  id: String(id),
  v,
  u: u === null ? null : String(u),
});

const rowsOf = async (scene: LaneScene, table = 't') =>
  texts(await scene.sql(`select * from dbo.${table}`));

describe('a lane writer on SQL Server', () => {
  let scene: LaneScene;
  beforeAll(async () => {
    scene = await openLane('lane');
  });
  beforeEach(async () => scene.fresh());
  afterAll(async () => scene.close());

  it('applies inserts, updates and deletes of every kind of column unchanged', async () => {
    await scene.createTables(
      `create table dbo.kinds (
         id bigint identity(1, 1) not null primary key, n decimal(20, 5) null, mo money null,
         t nvarchar(max) null, vc varchar(10) null, c nchar(5) null, ts datetime2(7) null,
         dto datetimeoffset(7) null, d date null, ti time(7) null, dt datetime null,
         b varbinary(max) null, u uniqueidentifier null, f float null, r real null, bo bit null,
         ty tinyint null, si smallint null, x xml null, double_n as n * 2)`,
      ['kinds'],
    );
    const names = ['n', 'mo', 't', 'vc', 'c', 'ts', 'dto', 'd', 'ti', 'dt', 'b', 'u', 'f', 'r'];
    const source = new SimTable('kinds', [
      { name: 'id', key: true },
      ...names.map((name) => ({ name, raw: name === 'b' })),
      ...['bo', 'ty', 'si', 'x'].map((name) => ({ name })),
    ]);
    const full = {
      ...{ n: '-12345.67890', mo: '922337203685477.5807', t: 'text ü 🐟', vc: 'cd', c: 'ab   ' },
      ts: '2024-02-29 12:34:56.7890123',
      dto: '2024-02-29 12:34:56.7890123 +02:00',
      ...{ d: '0001-01-01', ti: '23:59:59.9999999', dt: '2024-02-29 12:34:56.123' },
      b: Buffer.from('00ff', 'hex'),
      u: '0e984725-c51c-4bf4-9960-e1c80e27aba0',
      ...{ f: '0.30000000000000004', r: '0.1', bo: '1', ty: '255', si: '-32768' },
      x: '<a> <b/></a>',
    };
    const writer = await scene.claim();
    for (let id = 1; id <= 20; id += 1) source.insert({ id: String(id), ...full });
    source.insert({ id: '21' });
    for (let id = 2; id <= 20; id += 2) source.update({ id: String(id) }, { t: null, bo: '0' });
    for (let id = 5; id <= 20; id += 5) source.delete({ id: String(id) });
    expect((await replicate(writer, source.take())).missing).toBe(0);
    const found = await scene.sql(`
      select convert(varchar(20), id) as id, convert(varchar(40), n) as n,
             convert(varchar(40), mo, 2) as mo, t, vc, c, convert(varchar(33), ts, 121) as ts,
             convert(varchar(40), dto, 121) as dto, convert(varchar(20), d, 23) as d,
             convert(varchar(20), ti) as ti, convert(varchar(30), dt, 121) as dt, b,
             lower(convert(varchar(36), u)) as u, f, convert(varchar(20), bo) as bo,
             convert(varchar(5), ty) as ty, convert(varchar(9), si) as si,
             convert(nvarchar(100), x) as x
        from dbo.kinds`);
    const columns = source.columns.filter(({ name }) => name !== 'r');
    const wanted = source.all().map((one) => {
      return Object.fromEntries(columns.map(({ name }) => [name, one[name] ?? null]));
    });
    expect(texts(found)).toEqual(texts(wanted));
  });

  it('lets only the newest owner write', async () => {
    await scene.createTables(SIMPLE, ['t']);
    const source = simple();
    const former = await scene.claim();
    source.insert(row(1, 'a', 1));
    const changes = source.take();
    await former.write(changes, await former.readMembership());
    // Where the login may not end sessions, the former one lives on and finds the fence.
    await scene.sql('update sluice.lane set owner_session = null');
    const newer = await scene.claim();
    await expect(former.commit(nextPosition(), null, 1)).rejects.toMatchObject({
      code: 'FENCED_OUT',
    });
    expect(BigInt(newer.claim.fence)).toBeGreaterThan(BigInt(former.claim.fence));
    await newer.write(changes, await newer.readMembership());
    await newer.commit(nextPosition(), null, 1);
    expect(await rowsOf(scene)).toEqual(['1|a|1']);
  });

  it('ends the session of the former owner', async () => {
    await scene.createTables(SIMPLE, ['t']);
    const source = simple();
    const former = await scene.claim();
    source.insert(row(1, 'a', 1));
    await former.write(source.take(), await former.readMembership());
    await scene.claim();
    await expect(former.commit(nextPosition(), null, 1)).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
    expect(await rowsOf(scene)).toEqual([]);
  });

  it('refuses the batch when the members changed, and takes it with the new ones', async () => {
    await scene.createTables(SIMPLE, ['t']);
    const source = simple();
    const writer = await scene.claim();
    const membership = await writer.readMembership();
    source.insert(row(1, 'a', 1));
    const changes = source.take();
    await writer.write(changes, membership);
    await scene.flags('t', { applies: false, parks: true });
    await expect(writer.commit(nextPosition(), null, 1)).rejects.toThrow(MembershipChanged);
    const now = await writer.readMembership();
    await writer.startParking(now.members.map(({ tableId }) => tableId));
    await writer.write(changes, now);
    const counts = await writer.commit(nextPosition(), null, 1);
    expect(counts).toMatchObject({ inserts: 0, parked: 1 });
    expect(await rowsOf(scene)).toEqual([]);
    const feeds = await scene.sql('select parks_from, parked_rows from sluice.table_feed');
    expect(feeds).toEqual([{ parks_from: '00', parked_rows: '1' }]);
  });

  it('8.3: names the table whose rows are refused, writes nothing, and goes on without it', async () => {
    await scene.createTables(`${SIMPLE}; create table dbo.good (id int not null primary key)`, [
      't',
      'good',
    ]);
    await scene.sql(`alter table dbo.t add constraint not_bad check (v <> N'secret')`);
    const source = simple();
    const good = new SimTable('good', [{ name: 'id', key: true }]);
    const writer = await scene.claim();
    good.insert({ id: '1' });
    source.insert(row(1, 'secret', 1));
    const changes = [...good.take(), ...source.take()];
    await writer.write(changes, await writer.readMembership());
    const thrown: unknown = await writer.commit(nextPosition(), null, 1).catch((e: unknown) => e);
    if (!(thrown instanceof LaneTableFault)) throw thrown;
    expect(thrown.fault).toMatchObject({ tableId: await scene.tableId('t'), code: 'ROW_REJECTED' });
    expect(thrown.message).toContain('dbo.t');
    expect(thrown.message).toContain('not_bad');
    expect(thrown.message).not.toContain('secret');
    expect(await rowsOf(scene, 'good')).toEqual([]);
    await writer.setAside(thrown.fault);
    await writer.write(changes, await writer.readMembership());
    expect(await writer.commit(nextPosition(), null, 1)).toMatchObject({ inserts: 1, parked: 1 });
    const states = await scene.sql(
      `select phase, applies, parks, fault_code, attention from sluice.table_state
        where target_table = N't'`,
    );
    expect(states).toEqual([
      {
        phase: 'quarantined',
        applies: false,
        parks: true,
        fault_code: 'ROW_REJECTED',
        attention: '1',
      },
    ]);
    expect(await scene.sql('select code from sluice.error')).toEqual([{ code: 'ROW_REJECTED' }]);
  });

  it('inserts the whole row of an update whose row is gone, and counts it', async () => {
    await scene.createTables(SIMPLE, ['t']);
    const source = simple();
    const writer = await scene.claim();
    for (let id = 1; id <= 5; id += 1) source.insert(row(id, 'a', id));
    await replicate(writer, source.take());
    await scene.sql('delete from dbo.t where id in (2, 3, 4)');
    source.update({ id: '1' }, { v: 'b' });
    source.update({ id: '2' }, { v: 'b' });
    source.delete({ id: '3' });
    source.update({ id: '4' }, { id: '40' });
    expect((await replicate(writer, source.take())).missing).toBe(3);
    expect(await rowsOf(scene)).toEqual(texts(source.all()));
    const feeds = await scene.sql('select missing from sluice.table_feed');
    expect(feeds).toEqual([{ missing: '3' }]);
  });

  it('puts the source row in the place of one that is there already, and counts it', async () => {
    await scene.createTables(SIMPLE, ['t']);
    const source = simple();
    const writer = await scene.claim();
    await scene.sql(`insert into dbo.t values (1, N'foreign', 9)`);
    source.insert(row(1, 'ours', 1));
    source.insert(row(2, 'ours', 2));
    expect((await replicate(writer, source.take())).missing).toBe(1);
    expect(await rowsOf(scene)).toEqual(texts(source.all()));
  });

  it('11.4: exchanges unique values, whatever else happens to the rows', async () => {
    await scene.createTables(SIMPLE, ['t']);
    const source = simple();
    const writer = await scene.claim();
    for (let id = 1; id <= 6; id += 1) source.insert(row(id, 'a', id));
    await replicate(writer, source.take());
    source.update({ id: '1' }, { u: '-1' });
    source.update({ id: '2' }, { u: '1' });
    source.update({ id: '1' }, { u: '2' });
    source.update({ id: '3' }, { u: '-3', id: '30' });
    source.update({ id: '4' }, { u: '3' });
    source.update({ id: '30' }, { u: '4' });
    source.delete({ id: '5' });
    source.update({ id: '6' }, { u: '5' });
    source.insert(row(7, 'new', 6));
    expect((await replicate(writer, source.take())).missing).toBe(0);
    expect(await rowsOf(scene)).toEqual(texts(source.all()));
  });

  it('11.4: lets a trigger count exactly what the source did', async () => {
    await scene.createTables(`${SIMPLE}; create table dbo.log (n int identity(1, 1), op int)`, [
      't',
    ]);
    await scene.sql(`create trigger dbo.count_it on dbo.t after insert, update, delete as
      insert into dbo.log (op) select 1`);
    const source = simple();
    const writer = await scene.claim();
    source.insert(row(1, 'a', 1));
    source.update({ id: '1' }, { v: 'b' });
    source.update({ id: '1' }, { v: 'c' });
    source.update({ id: '1' }, { id: '2' });
    source.delete({ id: '2' });
    expect((await writer.readMembership()).members[0]?.fold).toBe(false);
    await replicate(writer, source.take());
    expect(await rowsOf(scene)).toEqual([]);
    // The stand-in keeps triggers and does not fire them.
    const fired = scene.server.standIn === null ? 5 : 0;
    expect(await scene.sql('select op from dbo.log')).toHaveLength(fired);
  });

  it('changes one of several equal rows where a table has no key', async () => {
    await scene.createTables('create table dbo.t (x int null, y nvarchar(20) null)', ['t']);
    const { shape } = new SimTable('t', [
      { name: 'x', key: true },
      { name: 'y', key: true },
    ]);
    const cells = (x: string | null, y: string) => [
      x === null ? null : Buffer.from(x),
      Buffer.from(y),
    ];
    const formats = new Uint8Array(2);
    const said = { shape, formats, oldKeyFormats: formats, bytes: 1 };
    const insert = (x: string | null, y: string) =>
      ({ ...said, op: 'i', oldKey: null, row: cells(x, y) }) as const;
    const writer = await scene.claim();
    const first = [insert('1', 'a'), insert('1', 'a'), insert('1', 'a'), insert(null, 'b')];
    await replicate(writer, first);
    await replicate(writer, [
      { ...said, op: 'd', oldKey: cells('1', 'a'), row: null },
      { ...said, op: 'u', oldKey: cells('1', 'a'), row: cells('1', 'c') },
      { ...said, op: 'd', oldKey: cells(null, 'b'), row: null },
    ]);
    expect(await rowsOf(scene)).toEqual(['1|a', '1|c']);
  });

  it('11.4: moves the key of a row that an enabled foreign key refers to', async () => {
    await scene.createTables(
      `${SIMPLE};
       create table dbo.child (id int not null primary key, t int null
         references dbo.t (id) on update cascade on delete cascade)`,
      ['t'],
    );
    const source = simple();
    const writer = await scene.claim();
    source.insert(row(1, 'a', 1));
    await replicate(writer, source.take());
    await scene.sql('insert into dbo.child values (5, 1)');
    source.update({ id: '1' }, { id: '2' });
    source.update({ id: '2' }, { v: 'b' });
    expect((await replicate(writer, source.take())).missing).toBe(0);
    expect(await rowsOf(scene)).toEqual(['2|b|1']);
    expect(await rowsOf(scene, 'child')).toEqual(['5|2']);
  });

  it('keeps a key that changes only its case, as the target compares it', async () => {
    await scene.createTables(
      `create table dbo.t (k nvarchar(20) collate Latin1_General_CI_AS not null primary key,
         v nvarchar(20) null)`,
      ['t'],
    );
    const source = new SimTable('t', [{ name: 'k', key: true }, { name: 'v' }]);
    const writer = await scene.claim();
    source.insert({ k: 'a', v: '1' });
    await replicate(writer, source.take());
    source.update({ k: 'a' }, { k: 'A' });
    source.insert({ k: 'b', v: '2' });
    expect((await replicate(writer, source.take())).missing).toBe(0);
    expect(await rowsOf(scene)).toEqual(['A|1', 'b|2']);
  });

  it('11.4: puts a row anew when the source changed a value that is an identity here', async () => {
    await scene.createTables(
      `create table dbo.t (k nvarchar(20) not null primary key, n int identity(1, 1) not null)`,
      ['t'],
    );
    const source = new SimTable('t', [{ name: 'k', key: true }, { name: 'n' }]);
    const writer = await scene.claim();
    source.insert({ k: 'a', n: '7' });
    source.insert({ k: 'b', n: '8' });
    await replicate(writer, source.take());
    source.update({ k: 'a' }, { n: '9' });
    expect((await replicate(writer, source.take())).missing).toBe(0);
    expect(await rowsOf(scene)).toEqual(['a|9', 'b|8']);
  });

  it('11.4: sets a table aside whose index swallows rows', async () => {
    await scene.createTables(SIMPLE, ['t']);
    await scene.sql('create unique index swallows on dbo.t (v) with (ignore_dup_key = on)');
    const source = simple();
    const writer = await scene.claim();
    source.insert(row(1, 'same', 1));
    source.insert(row(2, 'same', 2));
    await expect(replicate(writer, source.take())).rejects.toMatchObject({
      fault: { code: 'ROW_REJECTED' },
    });
    expect(await rowsOf(scene)).toEqual([]);
  });

  it('11.4: sets a table aside where one change writes more rows than one', async () => {
    await scene.createTables('create table dbo.t (id int not null, v nvarchar(50) null)', ['t']);
    await scene.sql(`insert into dbo.t (id, v) values (1, N'a'), (1, N'b')`);
    const source = new SimTable('t', [{ name: 'id', key: true }, { name: 'v' }]);
    source.insert({ id: '1', v: 'a' });
    source.take();
    const writer = await scene.claim();
    source.update({ id: '1' }, { v: 'c' });
    await expect(replicate(writer, source.take())).rejects.toMatchObject({
      fault: { code: 'ROW_REJECTED', message: expect.stringContaining('2 of 1 rows') as string },
    });
    expect(await rowsOf(scene)).toEqual(['1|a', '1|b']);
  });

  it('applies a transaction that is too large to keep in memory', async () => {
    await scene.createTables(SIMPLE, ['t']);
    const source = simple();
    const writer = await scene.claim();
    for (let id = 1; id <= 20_000; id += 1) source.insert(row(id, 'a', id));
    for (let id = 2; id <= 20_000; id += 2) source.update({ id: String(id) }, { v: 'b' });
    for (let id = 3; id <= 20_000; id += 3) source.delete({ id: String(id) });
    expect((await replicate(writer, source.take())).missing).toBe(0);
    expect(await rowsOf(scene)).toEqual(texts(source.all()));
  });

  it('8.7: empties a table, also one that a foreign key refers to', async () => {
    await scene.createTables(
      `${SIMPLE}; create table dbo.child (id int not null primary key, t int null);
       alter table dbo.child with nocheck add constraint to_t foreign key (t) references dbo.t (id);
       alter table dbo.child nocheck constraint to_t`,
      ['t'],
    );
    const source = simple();
    const writer = await scene.claim();
    for (let id = 1; id <= 3; id += 1) source.insert(row(id, 'a', id));
    source.truncate();
    source.insert(row(9, 'after', 1));
    await replicate(writer, source.take());
    expect(await rowsOf(scene)).toEqual(['9|after|1']);
  });

  it('notices columns that were added on both sides while it runs', async () => {
    await scene.createTables(SIMPLE, ['t']);
    const before = simple();
    const writer = await scene.claim();
    before.insert(row(1, 'a', 1));
    await replicate(writer, before.take());
    const membership = await writer.readMembership();
    const after = new SimTable('t', [...before.columns, { name: 'w' }]);
    after.insert({ ...row(2, 'b', 2), w: '2' });
    const changes = after.take();
    const written = async () => {
      await writer.write(changes, membership);
      await writer.commit(nextPosition(), null, 1);
    };
    await expect(written()).rejects.toMatchObject({
      fault: { code: 'SCHEMA_MISMATCH', message: expect.stringContaining('w') as unknown },
    });
    await scene.sql('alter table dbo.t add w bigint null');
    await written();
    expect(await rowsOf(scene)).toEqual(['1|a|1|∅', '2|b|2|2']);
  });

  it('moves the checkpoint alone without a line in the history', async () => {
    await scene.createTables(SIMPLE, ['t']);
    const writer = await scene.claim();
    await writer.commit('09', null, 0);
    await writer.commit('0a', new Date(0), 0);
    expect(await scene.sql('select position from sluice.lane')).toEqual([{ position: '0a' }]);
    expect(await scene.sql('select run_id from sluice.run')).toHaveLength(0);
    await writer.close();
    expect((await scene.claim()).claim.position).toBe('0a');
  });
});
