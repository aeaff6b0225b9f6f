import { afterAll, beforeAll, expect, it } from 'vitest';
import { drainRest } from '../../../../src/engines/postgres/apply/drain.js';
import { readTablesWith } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { openFullSyncTarget } from '../../../../src/engines/postgres/full-sync/full-sync-target.js';
import type { Query } from '../../../../src/engines/postgres/sql-session.js';
import type { SessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { openSessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import type { Scene } from '../apply/support.js';
import { openScene, replicate } from '../apply/support.js';

const DDL = `
  create table t (k int, day date, v text, primary key (k, day)) partition by range (day);
  create table t_1 partition of t for values from ('2024-01-01') to ('2024-02-01');
  create table t_2 partition of t for values from ('2024-02-01') to ('2024-03-01');
  create table t_rest partition of t default`;

describeEachPostgres('an exchange of partitions on PostgreSQL %s', (version) => {
  let scene: Scene;
  let pool: SessionPool;
  beforeAll(async () => {
    scene = await openScene(version, 'switch parked');
    await scene.createTables(DDL, ['t']);
    await scene.source.query('alter publication p set (publish_via_partition_root = true)');
    pool = openSessionPool(async () => connectPg(scene.connection, 'target'), 2);
  });
  afterAll(async () => {
    await pool.close();
    await scene.close();
  });

  it('brings in the changes that wait at the cut-over, and the lane goes on from there', async () => {
    const fullTarget = openFullSyncTarget({
      pool,
      subject: 'the target',
      drain: async (client, stage, into, maxRows) => {
        const staged = { schema: `sluice_stage_${stage.tableId}`, table: 't' };
        const table = into === 'stage' ? staged : stage.target;
        return drainRest(client, stage, { table, upsert: into === 'stage' }, maxRows);
      },
    });
    const writer = await scene.claim();
    await scene.source.query(`insert into t
      select n, date '2024-01-01' + n, 'v' || n from generate_series(1, 80) n`);
    await replicate(scene, writer);
    await scene.flags('t', { applies: true, parks: true });
    const tableId = await scene.tableId('t');
    const stage = { tableId, epoch: '0', fence: '0', target: { schema: 'public', table: 't' } };
    await scene.target.query(
      `update sluice.table_state set load = 'partitionSwitch', phase = 'copying'`,
    );
    const query: Query = async (sql, values = []) =>
      (await scene.source.query(sql, [...values])).rows;
    await query('set search_path = pg_catalog');
    const [model] = await readTablesWith(query, { only: [stage.target] });
    await query('set search_path = public');
    if (model === undefined) throw new Error('The table is not there.');
    await fullTarget.createStage(model, stage);
    await scene.target.query(`
      insert into sluice.chunk (table_id, epoch, n, relation, state)
      values (${tableId}, 0, 0, 't', 'done')`);
    await scene.target.query(`insert into sluice_stage_${tableId}.t select * from public.t`);
    await fullTarget.finishStage(model, stage, () => undefined);

    await scene.source.query(`update t set day = day + 30, v = 'moved' where k % 10 = 1;
      delete from t where k % 10 = 2; insert into t values (900, '2030-01-01', 'late')`);
    expect((await replicate(scene, writer)).parked).toBeGreaterThan(5);
    const how = { method: 'partitionSwitch', maxRows: 100, lockTimeoutMs: 2_000 } as const;
    expect(await fullTarget.cutOver(stage, { ...how, maxRows: 5 })).toMatchObject({ done: false });
    expect(await fullTarget.cutOver(stage, how)).toMatchObject({ done: true });
    expect(await scene.rows('target', 'public.t')).toEqual(await scene.rows('source', 't'));
    const { rows } = await scene.target.query('select from sluice.parked');
    expect(rows).toEqual([]);

    await scene.source.query(`update t set v = 'after' where k % 7 = 0;
      update t set day = '2024-01-15' where k = 900; delete from t where k < 5`);
    await replicate(scene, writer);
    expect(await scene.rows('target', 'public.t')).toEqual(await scene.rows('source', 't'));
  });
});
