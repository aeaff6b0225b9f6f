import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SluiceError } from '../../../../src/core/errors.js';
import type { FullSyncTarget, StageRef } from '../../../../src/engines/contract/full-sync.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { drainRest } from '../../../../src/engines/postgres/apply/drain.js';
import { fetchOn } from '../../../../src/engines/postgres/apply/source-fetch.js';
import { NOT_TOLD_YET } from '../../../../src/engines/postgres/apply/stage-writers.js';
import { readTablesWith } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { openFullSyncTarget } from '../../../../src/engines/postgres/full-sync/full-sync-target.js';
import type { Query } from '../../../../src/engines/postgres/sql-session.js';
import type { SessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { openSessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Scene } from '../apply/support.js';
import { openScene, replicate } from '../apply/support.js';

const DDL = `
  create table t (k int primary key, v text unique, big text);
  alter table t alter column big set storage external`;
const SWAP = { method: 'swap', maxRows: 100, lockTimeoutMs: 2_000 } as const;

/** What the source was asked for, and is to answer. */
interface Question {
  answer(position: string): void;
  refuse(error: Error): void;
}

describe('rows fetched from a source that tells only later what they have seen', () => {
  let scene: Scene;
  let pool: SessionPool;
  let other: pg.Client;
  let fullTarget: FullSyncTarget;
  let stage: StageRef;
  let model: TableModel;
  let asked: Question[] = [];

  beforeAll(async () => {
    scene = await openScene('18', 'seen by fetch');
    await scene.createTables(DDL, ['t']);
    pool = openSessionPool(async () => connectPg(scene.connection, 'target'), 2);
    other = await connectPg(scene.connection, 'target');
    model = await modelOf();
    fullTarget = openFullSyncTarget({
      pool,
      subject: 'the target',
      logEnd: async () =>
        new Promise<string>((answer, refuse) => {
          asked.push({ answer, refuse });
        }),
      drain: async (client, ref, into, maxRows) => {
        const staged = { schema: `sluice_stage_${ref.tableId}`, table: 't' };
        const table = into === 'stage' ? staged : ref.target;
        const fetchFromSource = async (...wanted: Parameters<ReturnType<typeof fetchOn>>) => {
          const { rows } = await fetchOn(scene.source)(...wanted);
          return { rows, seen: NOT_TOLD_YET };
        };
        const options = { fetchFromSource };
        return drainRest(client, ref, { table, upsert: into === 'stage' }, maxRows, options);
      },
    });
  });
  beforeEach(async () => {
    asked = [];
    stage = await stageWithoutRow();
    await fullTarget.finishStage(model, stage, () => undefined);
    await moveRow();
  });
  afterEach(async () => {
    for (const { refuse } of asked) refuse(new Error('The test has ended.'));
    await fullTarget.dropStage(stage);
    await scene.target.query('drop table if exists public.t; delete from sluice.parked');
    await scene.target.query(DDL);
  });
  afterAll(async () => {
    await other.end();
    await pool.close();
    await scene.close();
  });

  async function modelOf(): Promise<TableModel> {
    const query: Query = async (sql, values = []) =>
      (await scene.source.query(sql, [...values])).rows;
    await query('set search_path = pg_catalog');
    const [found] = await readTablesWith(query, { only: [{ schema: 'public', table: 't' }] });
    await query('set search_path = public');
    if (found === undefined) throw new Error('The table is not there.');
    return found;
  }

  /** A stage that has not the row of the source. */
  async function stageWithoutRow(): Promise<StageRef> {
    await scene.flags('t', { applies: false, parks: true });
    await scene.target.query('delete from sluice.parked');
    const tableId = await scene.tableId('t');
    const { rows } = await scene.target.query<{ fence: string }>(
      `update sluice.table_state
          set phase = 'copying', fence = fence + 1, stage_position = null returning fence`,
    );
    const ref = { tableId, epoch: '0', fence: rows[0]?.fence ?? '', target: model.name };
    await scene.source.query(`truncate t; insert into t values (7, 'v', repeat('x', 5000))`);
    await scene.transactions();
    await fullTarget.createStage(model, ref);
    await scene.target.query(`
      insert into sluice.chunk (table_id, epoch, n, relation, state)
      values (${tableId}, 0, 0, 't', 'done')
      on conflict (table_id, epoch, n)
      do update set state = 'done', source_position = null`);
    return ref;
  }

  /** It comes to another key, and its large value is left out. */
  async function moveRow(): Promise<void> {
    await scene.source.query('update t set k = 3 where k = 7');
    expect((await replicate(scene, await scene.claim())).parked).toBe(1);
  }

  const question = async () => waitFor('the source is asked', () => Promise.resolve(asked[0]));
  const staged = async () => scene.rows('target', `sluice_stage_${stage.tableId}.t`);
  const seen = async () => {
    const { rows } = await scene.target.query<{ seen: string | null; lane: string }>(
      `select t.stage_position as seen, l.position as lane
         from sluice.table_state t join sluice.lane l using (lane_id)`,
    );
    return rows[0];
  };
  const lockable = async () =>
    other.query('select from sluice.table_state, sluice.lane for update nowait');

  it('wait for that in no transaction: the drain is committed and holds no lock', async () => {
    const drained = fullTarget.drainParked(stage, 'stage', 100);
    const { answer } = await question();
    expect(await staged()).toEqual(await scene.rows('source', 't'));
    await lockable();
    const lane = (await seen())?.lane ?? '';
    answer(lane);
    expect(await drained).toMatchObject({ drained: 1, remaining: 0 });
    expect((await seen())?.seen).toBe(lane);
    expect(await fullTarget.cutOver(stage, SWAP)).toMatchObject({ done: true });
    expect(await scene.rows('target', 'public.t')).toEqual(await scene.rows('source', 't'));
  });

  it('do not make the lane wait at a cut-over, which comes when it has passed them', async () => {
    const tried = fullTarget.cutOver(stage, SWAP);
    const { answer } = await question();
    await lockable();
    answer('FFFFFFFF/00000000');
    expect(await tried).toMatchObject({ done: false });
    expect(await fullTarget.cutOver(stage, SWAP)).toMatchObject({ done: false });
    await scene.target.query(`update sluice.table_state set stage_position = '00000000/00000001'`);
    expect(await fullTarget.cutOver(stage, SWAP)).toMatchObject({ done: true });
    expect(await scene.rows('target', 'public.t')).toEqual(await scene.rows('source', 't'));
  });

  it('do not make the lane wait for an index, which is built when it has passed them', async () => {
    stage = await stageWithoutRow();
    await moveRow();
    await scene.target.query(
      'update sluice.chunk set source_position = (select max(position) from sluice.parked)',
    );
    const finished = fullTarget.finishStage(model, stage, () => undefined);
    const { answer } = await question();
    await lockable();
    answer((await seen())?.lane ?? '');
    await finished;
    expect(await staged()).toEqual(await scene.rows('source', 't'));
  });

  it('are not shown while the source does not tell, and the next drain asks again', async () => {
    const drained = fullTarget.drainParked(stage, 'stage', 100);
    const failed = expect(drained).rejects.toMatchObject({ code: 'SERVER_BUSY' });
    (await question()).refuse(new SluiceError('SERVER_BUSY', 'The capture job has not come.'));
    await failed;
    await expect(fullTarget.freeze(stage, 1_000)).rejects.toMatchObject({ code: 'SERVER_BUSY' });
    asked = [];
    const again = fullTarget.drainParked(stage, 'stage', 100);
    const { answer } = await question();
    const lane = (await seen())?.lane ?? '';
    answer(lane);
    expect(await again).toMatchObject({ drained: 0, remaining: 0 });
    expect((await seen())?.seen).toBe(lane);
  });

  it('are taken for what their changes made once the stream has passed them', async () => {
    const drained = fullTarget.drainParked(stage, 'stage', 100);
    (await question()).answer('00000000/00000001');
    await drained;
    asked = [];
    // Older than the next change: the row itself moves, and the source is not asked.
    await scene.source.query('update t set k = 4 where k = 3');
    await replicate(scene, await scene.claim());
    expect(await fullTarget.drainParked(stage, 'stage', 100)).toMatchObject({ drained: 1 });
    expect(asked).toEqual([]);
    expect(await staged()).toEqual(await scene.rows('source', 't'));
  });
});
