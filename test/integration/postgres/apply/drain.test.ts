import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { DrainOutcome } from '../../../../src/engines/postgres/apply/drain.js';
import { drainParked, drainRest } from '../../../../src/engines/postgres/apply/drain.js';
import type { PgLaneWriter } from '../../../../src/engines/postgres/apply/lane-writer.js';
import { ParkedReader } from '../../../../src/engines/postgres/apply/parked-reader.js';
import { toPosition } from '../../../../src/engines/postgres/feed/position.js';
import { SEEN_POSITION } from '../../../../src/engines/postgres/full-sync/copy-sql.js';
import { fetchOn } from '../../../../src/engines/postgres/apply/source-fetch.js';
import type { StageRef } from '../../../../src/engines/contract/full-sync.js';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { readCatchUp } from '../../../../src/engines/postgres/full-sync/catch-up.js';
import { inTransaction } from '../../../../src/engines/postgres/state/state-db.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from './support.js';
import { openScene, replicate } from './support.js';

const DDL = `
  create table t (a int, k text, v text, big text, tags text[], primary key (k, a));
  alter table t alter column big set storage external`;
const STAGE = `
  create schema stage;
  create table stage.t (like public.t including all)`;

const STAGE_OF_T = { table: { schema: 'stage', table: 't' }, upsert: true };

const big = `repeat(md5(random()::text), 200)`;
const small = fc.integer({ min: 1, max: 8 });
const statement = fc.oneof(
  small.map((a) => `insert into t values (${a}, 'k', 'v', ${big}, '{x}') on conflict do nothing`),
  small.map((a) => `update t set v = v || 'x' where a = ${a}`),
  small.map((a) => `update t set big = ${big} where a = ${a}`),
  fc.tuple(small, small).map(
    ([a, to]) => `update t set a = ${to} where a = ${a}
        and not exists (select from t where a = ${to})`,
  ),
  fc.tuple(small, small).map(
    ([a, to]) => `begin;
      update t set a = 99 where a = ${a};
      update t set a = ${a} where a = ${to};
      update t set a = ${to} where a = 99;
      commit`,
  ),
  small.map((a) => `delete from t where a = ${a}`),
  fc.constant('truncate t'),
);
const part = fc.array(statement, { maxLength: 8 });

/** Rows on both sides of the copy's border, and room to move to. */
const FILLED = `insert into t select a, 'k', 'v', ${big}, '{y}'
  from unnest(array[1, 2, 5, 7]) as a`;

async function drainAll(
  client: pg.Client,
  stage: StageRef,
  into: { schema: string; upsert: boolean },
  maxRows: number,
  source: pg.Client,
): Promise<DrainOutcome> {
  const table = { schema: into.schema, table: 't' };
  const options = { fetchFromSource: fetchOn(source) };
  for (;;) {
    const { upsert } = into;
    const outcome = await drainParked(client, stage, { table, upsert }, maxRows, options);
    if (outcome.remaining === 0) return outcome;
  }
}

describeEachPostgres('parked changes on PostgreSQL %s', (version) => {
  let scene: Scene;
  let writer: PgLaneWriter;
  let client: pg.Client;
  let stage: StageRef;

  beforeAll(async () => {
    scene = await openScene(version, 'drain');
    await scene.createTables(DDL, ['t']);
    await scene.target.query(STAGE);
    writer = await scene.claim();
    client = await connectPg(scene.connection, 'target');
    const tableId = await scene.tableId('t');
    stage = { tableId, epoch: '1', fence: '0', target: { schema: 'public', table: 't' } };
  });

  afterEach(async () => {
    await scene.source.query('truncate t');
    await scene.transactions();
    await scene.target.query('truncate t, stage.t; delete from sluice.parked');
    await emptyLedgers();
    await scene.target.query('update sluice.table_feed set parked_rows = 0, parked_bytes = 0');
  });

  afterAll(async () => {
    await client.end();
    await scene.close();
  });

  async function run(statements: readonly string[]): Promise<void> {
    for (const sql of statements) await scene.source.query(sql);
  }

  async function emptyLedgers(): Promise<void> {
    await scene.target.query('delete from sluice.chunk; delete from sluice.stage_writer');
  }

  async function copyPart(where: string): Promise<void> {
    const { rows } = await scene.source.query<{ row: string }>(
      `select t::text as row from t where ${where}`,
    );
    // A row that moved while it was copied is read twice; any one of them stays.
    await scene.target.query(
      `insert into stage.t select (r::public.t).* from unnest($1::text[]) as r
       on conflict do nothing`,
      [rows.map(({ row }) => row)],
    );
    const { rows: now } = await scene.source.query<{ position: string }>(SEEN_POSITION);
    await scene.target.query(
      `insert into sluice.chunk (table_id, epoch, n, relation, state, source_position)
       select $1, 1, count(*), 't', 'done', $2 from sluice.chunk`,
      [stage.tableId, toPosition(now[0]?.position ?? '')],
    );
  }

  it('make a stage equal to the source, whatever moved while it was copied', async () => {
    await scene.flags('t', { applies: false, parks: true });
    const parts = fc.tuple(part, part, part, part, part);
    await fc.assert(
      fc.asyncProperty(parts, small, async ([before, one, two, three, four], maxRows) => {
        await scene.target.query('truncate stage.t');
        await emptyLedgers();
        await run(['truncate t', FILLED, ...before]);
        await scene.transactions();
        await run(one);
        await copyPart('a <= 4');
        await run(two);
        await copyPart('a > 4');
        await run(three);
        await replicate(scene, writer, 3);
        // What is fetched from the source now has seen some of the rest.
        await run(four.slice(0, 4));
        await drainParked(client, stage, STAGE_OF_T, maxRows, {
          fetchFromSource: fetchOn(scene.source),
        });
        await run(four.slice(4));
        await replicate(scene, writer, 3);
        await drainAll(client, stage, { schema: 'stage', upsert: true }, maxRows, scene.source);
        expect(await scene.rows('target', 'stage.t')).toEqual(await scene.rows('source', 't'));
        const { rows } = await scene.target.query(
          'select parked_rows, parked_bytes, parked_since from sluice.table_feed',
        );
        expect(rows).toEqual([{ parked_rows: '0', parked_bytes: '0', parked_since: null }]);
      }),
      { numRuns: Number(process.env.SLUICE_TEST_RUNS ?? 40), endOnFailure: true },
    );
  });

  it('fetch the value that a row kept when it moved out of reach of the copy', async () => {
    await scene.flags('t', { applies: false, parks: true });
    await run([FILLED]);
    await scene.transactions();
    await copyPart('a <= 4');
    await run(['update t set a = 3 where a = 7', 'update t set a = 4 where a = 5']);
    await copyPart('a > 4');
    await run(['delete from t where a = 4']);
    await replicate(scene, writer);
    const into = { schema: 'stage', upsert: true };
    const outcome = await drainAll(client, stage, into, 2, scene.source);
    expect(outcome.remaining).toBe(0);
    const rows = await scene.rows('target', 'stage.t');
    expect(rows).toHaveLength(3);
    expect(rows).toEqual(await scene.rows('source', 't'));
  });

  it('are all in a stage only when the stream has passed what was fetched for them', async () => {
    const passed = () =>
      inTransaction(client, async (session) => (await readCatchUp(session, stage)).lanePassed);
    await scene.flags('t', { applies: false, parks: true });
    await run([FILLED]);
    await scene.transactions();
    await copyPart('a <= 4');
    await run([`update t set v = 'w' where a = 7`]);
    await replicate(scene, writer);
    await run([`update t set v = 'not yet delivered' where a = 1`]);
    await drainAll(client, stage, { schema: 'stage', upsert: true }, 1_000, scene.source);
    expect(await passed()).toBe(false);
    await run([`update t set v = 'later' where a = 1`]);
    await replicate(scene, writer);
    expect(await passed()).toBe(true);
  });

  it('keep apart rows that had one key in turn, of which the copy has read the first', async () => {
    await scene.flags('t', { applies: false, parks: true });
    await run([FILLED]);
    await scene.transactions();
    await run(['update t set a = 8 where a = 7']);
    await copyPart('a > 4');
    await run(['update t set a = 6 where a = 8', 'update t set a = 8 where a = 1']);
    await copyPart('a <= 4');
    await replicate(scene, writer);
    await drainAll(client, stage, { schema: 'stage', upsert: true }, 1_000, scene.source);
    expect(await scene.rows('target', 'stage.t')).toEqual(await scene.rows('source', 't'));
  });

  it('keep apart rows that had one key in turn, of which the copy has read the second', async () => {
    await scene.flags('t', { applies: false, parks: true });
    await run([FILLED]);
    await scene.transactions();
    await copyPart('a <= 4');
    await run(['update t set a = 3 where a = 7', 'update t set a = 7 where a = 5']);
    await copyPart('a > 4');
    await replicate(scene, writer);
    await drainAll(client, stage, { schema: 'stage', upsert: true }, 1_000, scene.source);
    expect(await scene.rows('target', 'stage.t')).toEqual(await scene.rows('source', 't'));
  });

  it('bring a live table to where the source is, exactly', async () => {
    await fc.assert(
      fc.asyncProperty(part, part, small, async (before, after, maxRows) => {
        await scene.flags('t', { applies: true, parks: false });
        await run(before);
        await replicate(scene, writer);
        await scene.flags('t', { applies: false, parks: true });
        await run(after);
        const { parked } = await replicate(scene, writer, 2);
        const into = { schema: 'public', upsert: false };
        expect((await drainAll(client, stage, into, maxRows, scene.source)).missing).toBe(0);
        expect(parked).toBeGreaterThanOrEqual(0);
        expect(await scene.rows('target', 't')).toEqual(await scene.rows('source', 't'));
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  it('are taken a few at a time where they are wide, in their order', async () => {
    await scene.flags('t', { applies: false, parks: true });
    await run([
      `insert into t select a, 'k', 'v', repeat('x', 1000000), '{}' from generate_series(1, 30) a`,
    ]);
    await replicate(scene, writer);
    const taken: number[] = [];
    const keys: number[] = [];
    await client.query('begin');
    const reader = new ParkedReader(client, stage.tableId);
    for (;;) {
      const changes = await reader.take(4_000);
      if (changes.length === 0) break;
      taken.push(changes.length);
      for (const { change } of changes) {
        const [key] = change.row ?? [];
        if (Buffer.isBuffer(key)) keys.push(key.readInt32BE());
      }
    }
    await client.query('rollback');
    expect(Math.max(...taken)).toBeLessThanOrEqual(9);
    expect(keys).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
  });

  it('stay where they are when a newer epoch has begun', async () => {
    await scene.flags('t', { applies: false, parks: true });
    await run([`insert into t values (1, 'k', 'v', 'b', '{}')`]);
    await replicate(scene, writer);
    const table = { schema: 'stage', table: 't' };
    await expect(
      drainParked(client, { ...stage, fence: '7' }, { table, upsert: true }, 10),
    ).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(await scene.rows('target', 'sluice.parked')).toHaveLength(1);
  });

  it('are moved inside the transaction of a cut-over, whose settings stay its own', async () => {
    await scene.flags('t', { applies: false, parks: true });
    await run([`insert into t values (1, 'k', 'v', 'b', '{}')`]);
    await replicate(scene, writer);
    const table = { schema: 'stage', table: 't' };
    await client.query('begin');
    const outcome = await drainRest(client, stage, { table, upsert: true }, 10);
    expect(outcome).toMatchObject({ drained: 1, remaining: 0, missing: 0 });
    const { rows } = await client.query('show enable_seqscan');
    expect(rows).toEqual([{ enable_seqscan: 'on' }]);
    await client.query('rollback');
    expect(await scene.rows('target', 'sluice.parked')).toHaveLength(1);
  });
});
