import { afterEach, expect, it } from 'vitest';
import { openLaneWriter } from '../../../../src/engines/postgres/apply/lane-writer.js';
import type { Scene } from './support.js';
import { openScene, replicate } from './support.js';
import { LaneTableFault, MembershipChanged } from '../../../../src/engines/contract/lane.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';

const scenes: Scene[] = [];

afterEach(async () => {
  await Promise.all(scenes.splice(0).map(async (scene) => scene.close()));
});

describeEachPostgres('a lane writer on PostgreSQL %s', (version) => {
  async function open(label: string): Promise<Scene> {
    const scene = await openScene(version, label);
    scenes.push(scene);
    return scene;
  }

  it('applies inserts, updates and deletes of every kind of column unchanged', async () => {
    const scene = await open('kinds');
    await scene.createTables(
      `create type mood as enum ('sad', 'ok', 'happy');
       create type pair as (a int, b text);
       create domain small as int check (value < 1000);
       create table kinds (
         id bigint generated always as identity primary key,
         n numeric(20,5), t text, ts timestamptz, j jsonb, js json, b bytea, m mood, ms mood[],
         p pair, d small, a int[], ta text[], u uuid, i interval, x xml, pt point, ip inet,
         r int4range, bits bit(5), vb varbit, c char(5), vc varchar(10), f float8,
         double_n numeric generated always as (n * 2) stored)`,
      ['kinds'],
    );
    const writer = await scene.claim();
    await scene.source.query(
      `insert into kinds (n, t, ts, j, js, b, m, ms, p, d, a, ta, u, i, x, pt, ip, r, bits, vb, c, vc, f)
       select g + 0.12345, 'text ' || g, '2024-02-29 12:34:56.789012+02', '{"a": [1, null]}',
              '{"b":  2}', '\\x00ff', 'happy', '{sad,NULL,ok}', row(g, 'x,"y')::pair, g % 900,
              array[[1,2],[3,null]], array['a,b', null, ''], gen_random_uuid(), '1 mon 2 days 03:04:05',
              '<a/>', '(1.5,2.5)', '10.0.0.0/8', '[1,10)', B'10101', B'101', 'ab', 'cd', 0.1 + 0.2
         from generate_series(1, 50) g;
       insert into kinds (n) values (null), ('NaN')`,
    );
    await scene.source.query(
      `update kinds set t = null, ms = '{happy}', a = '{}' where id % 2 = 0`,
    );
    await scene.source.query('delete from kinds where id % 5 = 0');
    expect((await replicate(scene, writer)).missing).toBe(0);
    expect(await scene.rows('target', 'kinds')).toEqual(await scene.rows('source', 'kinds'));
  });

  const SIMPLE = 'create table t (id int primary key, v text, u int unique)';

  it('lets only the newest owner write', async () => {
    const scene = await open('fence');
    await scene.createTables(SIMPLE, ['t']);
    const former = await scene.claim();
    const membership = await former.readMembership();
    await scene.source.query(`insert into t values (1, 'a', 1)`);
    const [first] = await scene.transactions();
    await former.write(first?.changes ?? [], membership);
    // Another role's session cannot be ended: here it lives on and finds the fence.
    await scene.target.query('update sluice.lane set owner_pid = null');
    const newer = await scene.claim();
    await expect(former.commit('00000000/00000001', null, 1)).rejects.toMatchObject({
      code: 'FENCED_OUT',
    });
    expect(BigInt(newer.claim.fence)).toBeGreaterThan(BigInt(former.claim.fence));
    await newer.write(first?.changes ?? [], await newer.readMembership());
    await newer.commit(first?.position ?? '', null, 1);
    expect(await scene.rows('target', 't')).toEqual(['(1,a,1)']);
  });

  it('ends the session of the former owner, whose transaction holds the lane', async () => {
    const scene = await open('takeover');
    await scene.createTables(SIMPLE, ['t']);
    const former = await scene.claim();
    const membership = await former.readMembership();
    await scene.source.query(`insert into t select g, 'a', g from generate_series(1, 9000) g`);
    const [first] = await scene.transactions();
    await former.write(first?.changes ?? [], membership);
    const newer = await scene.claim();
    expect(newer.claim.position).toBe('00000000/00000000');
    await expect(former.commit('00000000/00000001', null, 1)).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
    expect(await scene.rows('target', 't')).toEqual([]);
    await newer.write(first?.changes ?? [], await newer.readMembership());
    await newer.commit(first?.position ?? '', null, 1);
    expect(await scene.rows('target', 't')).toHaveLength(9000);
  });

  it('refuses the batch when the members changed, and takes it with the new ones', async () => {
    const scene = await open('members');
    await scene.createTables(SIMPLE, ['t']);
    const writer = await scene.claim();
    const membership = await writer.readMembership();
    await scene.source.query(`insert into t values (1, 'a', 1)`);
    const [first] = await scene.transactions();
    await writer.write(first?.changes ?? [], membership);
    await scene.flags('t', { applies: false, parks: true });
    await expect(writer.commit(first?.position ?? '', null, 1)).rejects.toThrow(MembershipChanged);
    const now = await writer.readMembership();
    await writer.startParking(now.members.map(({ tableId }) => tableId));
    await writer.write(first?.changes ?? [], now);
    const counts = await writer.commit(first?.position ?? '', null, 1);
    expect(counts).toMatchObject({ inserts: 0, parked: 1 });
    expect(await scene.rows('target', 't')).toEqual([]);
    const { rows } = await scene.target.query(
      'select parks_from, parked_rows from sluice.table_feed',
    );
    expect(rows).toEqual([{ parks_from: '00000000/00000000', parked_rows: '1' }]);
  });

  it('names the table whose rows are refused, writes nothing, and goes on without it', async () => {
    const scene = await open('fault');
    await scene.createTables(`${SIMPLE}; create table good (id int primary key)`, ['t', 'good']);
    await scene.target.query(`alter table t add constraint not_bad check (v <> 'secret')`);
    const writer = await scene.claim();
    const membership = await writer.readMembership();
    await scene.source.query(`begin; insert into good values (1);
      insert into t values (1, 'secret', 1); commit`);
    const [first] = await scene.transactions();
    await writer.write(first?.changes ?? [], membership);
    const thrown: unknown = await writer
      .commit(first?.position ?? '', null, 1)
      .catch((e: unknown) => e);
    if (!(thrown instanceof LaneTableFault)) throw thrown;
    expect(thrown.fault).toMatchObject({ tableId: await scene.tableId('t'), code: 'ROW_REJECTED' });
    expect(thrown.message).toContain('public.t');
    expect(thrown.message).toContain('not_bad');
    expect(thrown.message).not.toContain('secret');
    expect(await scene.rows('target', 'good')).toEqual([]);
    await writer.setAside(thrown.fault);
    await writer.write(first?.changes ?? [], await writer.readMembership());
    expect(await writer.commit(first?.position ?? '', null, 1)).toMatchObject({
      inserts: 1,
      parked: 1,
    });
    const { rows } = await scene.target.query(
      `select phase, applies, parks, fault_code, attention from sluice.table_state
        where target_table = 't'`,
    );
    expect(rows).toEqual([
      {
        phase: 'quarantined',
        applies: false,
        parks: true,
        fault_code: 'ROW_REJECTED',
        attention: '1',
      },
    ]);
    const errors = await scene.target.query('select code from sluice.error');
    expect(errors.rows).toEqual([{ code: 'ROW_REJECTED' }]);
  });

  it('gives up a copy whose changes were lost', async () => {
    const scene = await open('lost');
    await scene.createTables(SIMPLE, ['t']);
    const writer = await scene.claim();
    const tableId = await scene.tableId('t');
    await scene.target.query(
      `update sluice.table_state set phase = 'fullSync', applies = false, parks = true`,
    );
    const state = async () =>
      scene.target.query('select phase, fault_code, applies, parks from sluice.table_state');
    // What refuses a row is mended by the copy; what it counts on and never got is not.
    await writer.setAside({ tableId, code: 'ROW_REJECTED', message: 'A row was refused.' });
    expect((await state()).rows).toMatchObject([{ phase: 'fullSync', fault_code: null }]);
    expect((await writer.readMembership()).members).toMatchObject([{ lost: false }]);
    await writer.setAside({ tableId, code: 'FEED_GAP', message: 'Changes were lost.' });
    expect((await state()).rows).toMatchObject([
      { phase: 'quarantined', fault_code: 'FEED_GAP', applies: false, parks: true },
    ]);
    expect((await writer.readMembership()).members).toMatchObject([{ lost: true }]);
  });

  it('inserts the whole row of an update whose row is gone, and counts it', async () => {
    const scene = await open('missing');
    await scene.createTables(SIMPLE, ['t']);
    const writer = await scene.claim();
    await scene.source.query(`insert into t select g, 'a', g from generate_series(1, 5) g`);
    await replicate(scene, writer);
    await scene.target.query('delete from t where id in (2, 3, 4)');
    await scene.source.query(`update t set v = 'b' where id <= 2; delete from t where id = 3;
      update t set id = 40 where id = 4`);
    expect((await replicate(scene, writer)).missing).toBe(3);
    expect(await scene.rows('target', 't')).toEqual(await scene.rows('source', 't'));
    const { rows } = await scene.target.query('select missing from sluice.table_feed');
    expect(rows).toEqual([{ missing: '3' }]);
  });

  it('puts the source row in the place of one that somebody else inserted, and counts it', async () => {
    const scene = await open('drift');
    await scene.createTables(SIMPLE, ['t']);
    const writer = await scene.claim();
    await scene.target.query(`insert into t values (1, 'foreign', 9)`);
    await scene.source.query(`insert into t values (1, 'ours', 1), (2, 'ours', 2)`);
    expect((await replicate(scene, writer)).missing).toBe(1);
    expect(await scene.rows('target', 't')).toEqual(await scene.rows('source', 't'));
  });

  it('lets a trigger that always fires count exactly what the source did', async () => {
    const scene = await open('trigger');
    await scene.createTables(SIMPLE, ['t']);
    await scene.target.query(
      `create table log (op text, id int);
       create function count_it() returns trigger language plpgsql as $$
         begin insert into public.log values (tg_op, coalesce(new.id, old.id)); return null; end $$;
       create trigger count_it after insert or update or delete on t
         for each row execute function count_it();
       alter table t enable always trigger count_it`,
    );
    const writer = await scene.claim();
    await scene.source.query(`insert into t values (1, 'a', 1)`);
    await scene.source.query(`update t set v = 'b'; update t set v = 'c'`);
    await scene.source.query(`update t set id = 2; delete from t`);
    await replicate(scene, writer);
    const { rows } = await scene.target.query('select op, id from log');
    expect(rows.map(({ op, id }) => `${String(op)} ${String(id)}`)).toEqual([
      'INSERT 1',
      'UPDATE 1',
      'UPDATE 1',
      'UPDATE 2',
      'DELETE 2',
    ]);
  });

  it('applies a transaction that is too large to keep, also when a part of it needs another order', async () => {
    const scene = await open('large');
    await scene.createTables(SIMPLE, ['t']);
    const writer = await scene.claim();
    await scene.source.query(
      `begin;
       insert into t select g, 'a', g from generate_series(1, 60000) g;
       update t set u = -u where id <= 10;
       update t set u = 11 + u where id <= 10;
       update t set v = 'b' where id % 2 = 0;
       delete from t where id % 3 = 0;
       commit`,
    );
    expect((await replicate(scene, writer)).missing).toBe(0);
    expect(await scene.rows('target', 't')).toEqual(await scene.rows('source', 't'));
    await scene.source.query(
      `begin; update t set u = u + 100000; update t set u = 400000 - u where id > 30000;
       delete from t where id > 50000; insert into t values (0, 'last', 0); commit`,
    );
    await scene.target.query('delete from t where id = 59999');
    expect((await replicate(scene, writer)).missing).toBeGreaterThan(0);
    expect(await scene.rows('target', 't')).toEqual(await scene.rows('source', 't'));
  });

  it('works without the right to quiet triggers and foreign keys', async () => {
    const scene = await open('minimal');
    await scene.createTables(
      `create table parent (id int primary key, v text);
       create table child (id int primary key, p int references parent on delete cascade);
       create table other (id int primary key, p int references child)`,
      ['child', 'parent', 'other'],
    );
    const role = `r_${scene.laneId}_${String(Date.now())}`;
    await scene.target.query(
      `create role ${role} login password 'pw';
       grant usage on schema sluice to ${role};
       grant all on all tables in schema sluice, public to ${role};
       grant all on all sequences in schema sluice to ${role}`,
    );
    try {
      const connection = { ...scene.connection, user: role, password: () => 'pw' };
      const writer = await openLaneWriter(connection, scene.laneId, 'minimal');
      expect(writer.replicaRole).toBe(false);
      await scene.source.query(`begin; insert into parent values (1, 'a'), (2, 'b');
        insert into child values (1, 1), (2, 2); insert into other values (1, 1); commit`);
      await scene.source.query(`update parent set v = 'c'; delete from parent where id = 2`);
      await scene.source.query(
        'truncate parent, child, other; insert into parent values (7, null)',
      );
      await replicate(scene, writer);
      for (const table of ['parent', 'child', 'other']) {
        expect(await scene.rows('target', table)).toEqual(await scene.rows('source', table));
      }
      await writer.close();
    } finally {
      await scene.target.query(`drop owned by ${role}; drop role ${role}`);
    }
  });

  it('notices columns that were added on both sides while it runs', async () => {
    const scene = await open('ddl');
    await scene.createTables(SIMPLE, ['t']);
    const writer = await scene.claim();
    await scene.source.query(`insert into t values (1, 'a', 1)`);
    await replicate(scene, writer);
    const membership = await writer.readMembership();
    await scene.source.query('alter table t add w int');
    await scene.source.query(`insert into t values (2, 'b', 2, 2)`);
    const [first] = await scene.transactions();
    await writer.write(first?.changes ?? [], membership);
    await expect(writer.commit(first?.position ?? '', null, 1)).rejects.toMatchObject({
      fault: { code: 'SCHEMA_MISMATCH', message: expect.stringContaining('w') as unknown },
    });
    await scene.target.query('alter table t add w bigint, drop column v; alter table t add v text');
    await writer.write(first?.changes ?? [], membership);
    await writer.commit(first?.position ?? '', null, 1);
    const { rows } = await scene.target.query('select id, v, u, w from t order by id');
    expect(rows[1]).toEqual({ id: 2, v: 'b', u: 2, w: '2' });
  });

  it('moves the checkpoint alone without a line in the history', async () => {
    const scene = await open('idle');
    await scene.createTables(SIMPLE, ['t']);
    const writer = await scene.claim();
    await writer.commit('00000000/00000009', null, 0);
    await writer.commit('00000000/0000000A', new Date(0), 0);
    const { rows } = await scene.target.query('select position from sluice.lane');
    expect(rows).toEqual([{ position: '00000000/0000000A' }]);
    expect((await scene.target.query('select from sluice.run')).rowCount).toBe(0);
    await writer.close();
    expect((await scene.claim()).claim.position).toBe('00000000/0000000A');
  });
});
