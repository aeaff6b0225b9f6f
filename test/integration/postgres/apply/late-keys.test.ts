/**
 * A key that is deferrable is unique between transactions only; its table needs REPLICA IDENTITY
 * FULL, and inside a transaction two rows may share a key.
 */
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { drainParked } from '../../../../src/engines/postgres/apply/drain.js';
import type { PgLaneWriter } from '../../../../src/engines/postgres/apply/lane-writer.js';
import { fetchOn } from '../../../../src/engines/postgres/apply/source-fetch.js';
import { toPosition } from '../../../../src/engines/postgres/feed/position.js';
import { SEEN_POSITION } from '../../../../src/engines/postgres/full-sync/copy-sql.js';
import type { StageRef } from '../../../../src/engines/contract/full-sync.js';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './support.js';
import { openScene, replicate } from './support.js';

const DDL = `
  create table t (id int primary key deferrable, v int, big text);
  alter table t alter big set storage external;
  alter table t replica identity full`;
/** The target's key: `checked` is empty or says when it is checked. */
const stageDdl = (checked: string) => `
  alter table t drop constraint t_pkey, add primary key (id) ${checked};
  create schema stage;
  create table stage.t (like public.t including all);
  alter table stage.t drop constraint t_pkey, add primary key (id) ${checked}`;

/** Few values, so that rows are often equal in all but their keys. */
const big = (n: number) => `repeat('${String(n)}', 5000)`;
const FILLED = `insert into t select i, 1, ${big(1)} from unnest(array[1, 2, 5, 7]) as i`;

const key = fc.integer({ min: 1, max: 8 });
const few = fc.integer({ min: 1, max: 2 });
const statement = fc.oneof(
  fc.tuple(key, few).map(
    ([id, n]) => `insert into t select ${id}, ${n}, ${big(n)}
       where not exists (select from t where id = ${id})`,
  ),
  fc.tuple(key, few).map(([id, n]) => `update t set v = ${n} where id = ${id}`),
  fc.tuple(key, few).map(([id, n]) => `update t set big = ${big(n)} where id = ${id}`),
  fc.tuple(key, key).map(
    ([id, to]) => `update t set id = ${to} where id = ${id}
       and not exists (select from t where id = ${to})`,
  ),
  // Rows change places: for a while two of them have one key.
  fc.tuple(key, key).map(
    ([a, b]) => `update t set id = case id when ${a} then ${b} else ${a} end
       where id in (${a}, ${b}) and ${a} <> ${b}`,
  ),
  fc.constant('update t set id = case id when 1 then 8 else id - 1 end'),
  key.map((id) => `delete from t where id = ${id}`),
  key.map((id) => `insert into t values (100 + ${id}, 1, 'x'); delete from t where id > 100`),
);
const transaction = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((several) => ['begin', 'set constraints all deferred', ...several, 'commit'].join('; '));
const part = fc.array(transaction, { maxLength: 6 });

const WAYS = ['deferrable', 'checked at once'] as const;

describeEachPostgres('a deferrable key on PostgreSQL %s', (version) => {
  describe.each(WAYS)('on the target %s', (checked) => {
    let scene: Scene;
    let writer: PgLaneWriter;
    let client: pg.Client;
    let stage: StageRef;

    beforeAll(async () => {
      scene = await openScene(version, 'late');
      await scene.createTables(DDL, ['t']);
      await scene.target.query(stageDdl(checked === 'deferrable' ? checked : ''));
      writer = await scene.claim();
      client = await connectPg(scene.connection, 'target');
      const tableId = await scene.tableId('t');
      stage = { tableId, epoch: '1', fence: '0', target: { schema: 'public', table: 't' } };
    });

    afterEach(async () => {
      await scene.source.query('truncate t');
      await scene.transactions();
      await scene.target.query('truncate t, stage.t; delete from sluice.parked');
      await scene.target.query('delete from sluice.chunk; delete from sluice.stage_writer');
    });

    afterAll(async () => {
      await client.end();
      await scene.close();
    });

    async function run(statements: readonly string[]): Promise<void> {
      for (const sql of statements) await scene.source.query(sql);
    }

    async function copyPart(where: string): Promise<void> {
      const { rows } = await scene.source.query<{ row: string }>(
        `select t::text as row from t where ${where}`,
      );
      // A row that moved while it was copied is read twice; any one of them stays.
      await scene.target.query(
        `insert into stage.t select r.* from unnest($1::text[]) as one, lateral (select (one::public.t).*) r
        where not exists (select from stage.t where id = r.id)`,
        [rows.map(({ row }) => row)],
      );
      const { rows: now } = await scene.source.query<{ position: string }>(SEEN_POSITION);
      await scene.target.query(
        `insert into sluice.chunk (table_id, epoch, n, relation, state, source_position)
       select $1, 1, count(*), 't', 'done', $2 from sluice.chunk`,
        [stage.tableId, toPosition(now[0]?.position ?? '')],
      );
    }

    async function drain(schema: string, upsert: boolean, maxRows: number): Promise<void> {
      const into = { table: { schema, table: 't' }, upsert };
      const options = { fetchFromSource: fetchOn(scene.source) };
      for (;;) {
        const { remaining } = await drainParked(client, stage, into, maxRows, options);
        if (remaining === 0) return;
      }
    }

    it('takes changes into the stage of a copy, whatever moved meanwhile', async () => {
      await scene.flags('t', { applies: false, parks: true });
      await fc.assert(
        fc.asyncProperty(
          fc.tuple(part, part, part, part),
          key,
          key,
          async ([before, one, two, three], maxRows, perBatch) => {
            await scene.target.query('truncate stage.t');
            await scene.target.query('delete from sluice.chunk; delete from sluice.stage_writer');
            await run(['truncate t', FILLED, ...before]);
            await scene.transactions();
            await run(one);
            await copyPart('id <= 4');
            await run(two);
            await copyPart('id > 4');
            await run(three);
            await replicate(scene, writer, perBatch);
            await drain('stage', true, maxRows);
            expect(await scene.rows('target', 'stage.t')).toEqual(await scene.rows('source', 't'));
          },
        ),
        { numRuns: Number(process.env.SLUICE_TEST_RUNS ?? 40), endOnFailure: true },
      );
    });

    it('takes a transaction that is too large to be held in memory', async () => {
      await scene.flags('t', { applies: false, parks: true });
      await run([`insert into t select i, i, 'x' from generate_series(1, 20500) i`]);
      await scene.transactions();
      await copyPart('id <= 10000');
      await run(['update t set id = case id when 1 then 20500 else id - 1 end, v = v + 1']);
      await copyPart('id > 10000');
      await run(['update t set v = 0 where id = 7']);
      await replicate(scene, writer, 1);
      await drain('stage', true, 1_000);
      expect(await scene.rows('target', 'stage.t')).toEqual(await scene.rows('source', 't'));
    });

    it('lets rows change places in a live table, by the lane and from what was parked', async () => {
      await fc.assert(
        fc.asyncProperty(part, part, key, async (one, two, maxRows) => {
          await run(['truncate t', FILLED]);
          await scene.transactions();
          await scene.target.query(`truncate t; ${FILLED}`);
          await scene.flags('t', { applies: true, parks: false });
          await run(one);
          expect((await replicate(scene, writer, 2)).missing).toBe(0);
          expect(await scene.rows('target', 't')).toEqual(await scene.rows('source', 't'));
          await scene.flags('t', { applies: false, parks: true });
          await run(two);
          await replicate(scene, writer, 2);
          await drain('public', false, maxRows);
          expect(await scene.rows('target', 't')).toEqual(await scene.rows('source', 't'));
        }),
        { numRuns: Number(process.env.SLUICE_TEST_RUNS ?? 25), endOnFailure: true },
      );
    });
  });
});

describe('a deferrable key of a target whose constraints are checked', () => {
  it('lets rows change places, too', async () => {
    const scene = await openScene('18', 'late checked');
    try {
      await scene.createTables(DDL, ['t']);
      const { rows } = await scene.target.query<{ name: string }>(
        'select current_database() as name',
      );
      const name = `"${rows[0]?.name ?? ''}"`;
      await scene.target.query(`alter database ${name} set sluice.foreign_keys = 'enforce'`);
      const writer = await scene.claim();
      await scene.source.query(`insert into t values (1, 1, 'a'), (2, 1, 'a'), (3, 3, 'c')`);
      await scene.source.query('update t set id = 3 - id where id < 3');
      await scene.source.query('update t set id = case id when 1 then 3 else id - 1 end');
      await replicate(scene, writer);
      expect(await scene.rows('target', 't')).toEqual(await scene.rows('source', 't'));
    } finally {
      await scene.close();
    }
  });
});

describe('a deferrable key whose target has one that is not', () => {
  let scene: Scene;
  let writer: PgLaneWriter;
  /** Every row takes the key of the next one. */
  const ROTATE = `update t set id = case id when 1 then (select max(id) from t) else id - 1 end`;

  beforeAll(async () => {
    scene = await openScene('18', 'late there');
    await scene.createTables(DDL, ['t']);
    await scene.target.query('alter table t drop constraint t_pkey, add primary key (id)');
    writer = await scene.claim();
  });

  afterEach(async () => {
    await scene.source.query('truncate t');
    await replicate(scene, writer);
  });

  afterAll(async () => {
    await scene.close();
  });

  async function fill(rows: number): Promise<void> {
    await scene.source.query(`insert into t select i, i, 'x' from generate_series(1, ${rows}) i`);
    await replicate(scene, writer);
  }

  async function isEqual(): Promise<void> {
    expect(await scene.rows('target', 't')).toEqual(await scene.rows('source', 't'));
  }

  it('keeps all rows that change places in one transaction of thousands', async () => {
    await fill(5_000);
    await scene.source.query(ROTATE);
    expect(await replicate(scene, writer)).toMatchObject({ missing: 0 });
    await isEqual();
  });

  it('keeps all rows that change places in small transactions of a large batch', async () => {
    await fill(3);
    for (let i = 0; i < 700; i += 1) await scene.source.query(`${ROTATE}; select 1`);
    await scene.source.query('update t set id = 3 - id where id < 3');
    await replicate(scene, writer);
    await isEqual();
  });

  it('sets the table aside where a transaction is too large to be told, and loses nothing', async () => {
    await fill(30_000);
    const before = await scene.rows('target', 't');
    await scene.source.query(ROTATE);
    const tableId = await scene.tableId('t');
    const fault = { tableId, code: 'ROW_REJECTED' };
    await expect(replicate(scene, writer)).rejects.toMatchObject({ fault });
    expect(await scene.rows('target', 't')).toEqual(before);
  });

  it('takes a transaction that is as large where no row takes the key of another one', async () => {
    await fill(10);
    await scene.source.query(`insert into t select i, 1, 'y' from generate_series(100, 20000) i`);
    await scene.source.query('update t set id = -id, v = v + 1');
    await scene.source.query('delete from t where id < -15000');
    expect(await replicate(scene, writer)).toMatchObject({ missing: 0 });
    await isEqual();
  });
});
