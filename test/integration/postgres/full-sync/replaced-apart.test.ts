/** Law 5: while all rows of a table are replaced, its lane goes on with its other tables. */
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { FullSyncTarget, StageRef } from '../../../../src/engines/contract/full-sync.js';
import type { PgLaneWriter } from '../../../../src/engines/postgres/apply/lane-writer.js';
import { drainRest } from '../../../../src/engines/postgres/apply/drain.js';
import { readTablesWith } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { openFullSyncTarget } from '../../../../src/engines/postgres/full-sync/full-sync-target.js';
import type { Query } from '../../../../src/engines/postgres/sql-session.js';
import type { SessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { openSessionPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { Scene } from '../apply/support.js';
import { openScene, replicate } from '../apply/support.js';

/** Whoever holds it stops every insert into a table with the trigger `held`. */
const GATE = 4711;
const HELD = `
  create function held() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock_shared(${String(GATE)}); return new; end';`;
const REPLACES = { deletes: true, replaces: true, lockTimeoutMs: 60_000 };
/** So long a replacement waits for a report; a reader behind it would wait as long. */
const REPORT_MS = patient(1_000);
const BACK = { method: 'none', maxRows: 100, lockTimeoutMs: 5_000 } as const;

describeEachPostgres('rows that are replaced on PostgreSQL %s', (version) => {
  let scene: Scene;
  let pool: SessionPool;
  let fullTarget: FullSyncTarget;
  let writer: PgLaneWriter;
  let gate: pg.Client;

  beforeAll(async () => {
    scene = await openScene(version, 'replaced apart');
    const ddl = `
      create table keyed (id int primary key, v text);
      create table keyless (id int, v text);
      create table other (id int primary key);`;
    await scene.createTables(ddl, ['keyed', 'keyless', 'other']);
    await scene.source.query('alter table keyless replica identity full');
    await scene.target.query(HELD);
    for (const table of ['keyed', 'keyless']) {
      await scene.target.query(`
        create trigger held before insert on ${table} for each statement execute function held();
        alter table ${table} enable always trigger held`);
    }
    pool = openSessionPool(async () => connectPg(scene.connection, 'target'), 4);
    fullTarget = openFullSyncTarget({
      pool,
      subject: 'the target',
      drain: async (client, stage, into, maxRows) => {
        const staged = { schema: `sluice_stage_${stage.tableId}`, table: stage.target.table };
        const table = into === 'stage' ? staged : stage.target;
        return drainRest(client, stage, { table, upsert: into === 'stage' }, maxRows);
      },
    });
    writer = await scene.claim();
    gate = await connectPg(scene.connection, 'target');
    for (const table of ['keyed', 'keyless']) {
      await scene.source.query(
        `insert into ${table} select n, 'v' || n from generate_series(1, 50) n`,
      );
    }
    await replicate(scene, writer);
  });
  beforeEach(async () => gate.query(`select pg_advisory_lock(${String(GATE)})`));
  afterEach(async () => {
    await open();
    await scene.target.query(`update sluice.table_state set cutover_step = null, fault_code = null;
      delete from sluice.parked`);
  });
  afterAll(async () => {
    await gate.end();
    await pool.close();
    await scene.close();
  });

  const open = async () => gate.query('select pg_advisory_unlock_all()');
  const same = async (table: string) =>
    expect(await scene.rows('target', `public.${table}`)).toEqual(
      await scene.rows('source', table),
    );
  const held = async () =>
    waitFor('an insert is held', async () => {
      const { rows } = await gate.query<{ pid: number }>(
        `select pid from pg_locks where locktype = 'advisory' and not granted
            and objid = ${String(GATE)}
            and database = (select oid from pg_database where datname = current_database())`,
      );
      return rows[0]?.pid;
    });

  /** Staged and frozen, with changes of before the freeze in the stage and of after it parked. */
  async function frozen(table: string, load: string): Promise<StageRef> {
    await scene.flags(table, { applies: true, parks: true });
    const tableId = await scene.tableId(table);
    const fence = await scene.target.query<{ fence: string }>(
      `update sluice.table_state set load = $2, phase = 'copying', fence = fence + 1
        where table_id = $1 returning fence`,
      [tableId, load],
    );
    const target = { schema: 'public', table };
    const stage = { tableId, epoch: '0', fence: fence.rows[0]?.fence ?? '', target };
    const query: Query = async (sql, values = []) =>
      (await scene.source.query(sql, [...values])).rows;
    await query('set search_path = pg_catalog');
    const [model] = await readTablesWith(query, { only: [target] });
    await query('set search_path = public');
    if (model === undefined) throw new Error('The table is not there.');
    await fullTarget.createStage(model, stage);
    await scene.target.query(`
      insert into sluice.chunk (table_id, epoch, n, relation, state)
      values (${tableId}, 0, 0, '${table}', 'done')
      on conflict (table_id, epoch, n) do update set state = 'done';
      insert into sluice_stage_${tableId}.${table} select * from public.${table}`);
    await fullTarget.finishStage(model, stage, () => undefined);
    // Rows that only a replacement takes away.
    await open();
    await scene.target.query(`insert into public.${table} values (-1, 'not of the source')`);
    await gate.query(`select pg_advisory_lock(${String(GATE)})`);
    if (table === 'keyed') {
      await scene.source.query(`update keyed set v = v || '+' where id < 10`);
      await replicate(scene, writer);
      await fullTarget.drainParked(stage, 'stage', 1_000);
    }
    await fullTarget.freeze(stage, 1_000);
    if (table === 'keyed') await change(table);
    return stage;
  }

  /** As the activity does it. */
  async function replace(stage: StageRef, options = REPLACES) {
    if (stage.target.table === 'keyed') await fullTarget.drainParked(stage, 'stage', 1_000);
    return fullTarget.merge(stage, options);
  }

  let round = 0;
  /** Of that table and of another one, which the lane brings at once. */
  async function change(table: string): Promise<void> {
    round += 1;
    await scene.source.query(`
      delete from ${table} where id = ${String(round)};
      update ${table} set v = v || '-' where id = ${String(round + 20)};
      insert into ${table} values (${String(1000 + round)}, 'late');
      insert into other values (${String(round)})`);
    expect((await replicate(scene, writer)).parked).toBeGreaterThanOrEqual(3);
    await same('other');
  }

  async function handBack(stage: StageRef): Promise<void> {
    expect(await fullTarget.cutOver(stage, BACK)).toMatchObject({ done: true });
    await fullTarget.dropStage(stage);
    await same(stage.target.table);
    const { rows } = await scene.target.query('select from sluice.parked');
    expect(rows).toEqual([]);
    await scene.source.query(`update ${stage.target.table} set v = 'after' where id = 40`);
    await replicate(scene, writer);
    await same(stage.target.table);
  }

  it.each([
    ['truncated', 'keyed', 'truncate'],
    ['deleted', 'keyed', 'auto'],
    ['truncated', 'keyless', 'truncate'],
    ['deleted', 'keyless', 'auto'],
  ])('and %s first (%s, load: %s) hold nobody but that table', async (how, table, load) => {
    const stage = await frozen(table, load);
    const before = await scene.rows('target', `public.${table}`);
    const replacing = replace(stage);
    await held();
    await change(table);
    await change(table);
    // TRUNCATE is a matter of its readers; behind a DELETE nobody waits.
    if (how === 'deleted') expect(await scene.rows('target', `public.${table}`)).toEqual(before);
    await open();
    const { inserted } = await replacing;
    expect(inserted).toBeGreaterThan(40);
    expect(await fullTarget.merge(stage, REPLACES)).toMatchObject({ inserted: 0 });
    await handBack(stage);
  });

  it.each(['truncate', 'auto'])('are whole though the session dies (load: %s)', async (load) => {
    const stage = await frozen('keyed', load);
    const before = await scene.rows('target', 'public.keyed');
    const replacing = replace(stage).catch((error: unknown) => error);
    const pid = await held();
    await gate.query('select pg_terminate_backend($1)', [pid]);
    expect(await replacing).toMatchObject({ kind: 'transient' });
    expect(await scene.rows('target', 'public.keyed')).toEqual(before);
    await change('keyed');
    await open();
    await replace(stage);
    await handBack(stage);
  });

  it('stay as they are when another worker has taken over meanwhile', async () => {
    const stage = await frozen('keyed', 'truncate');
    const before = await scene.rows('target', 'public.keyed');
    const late = replace(stage).catch((error: unknown) => error);
    await held();
    const { rows } = await scene.target.query<{ fence: string }>(
      'update sluice.table_state set fence = fence + 1 where table_id = $1 returning fence',
      [stage.tableId],
    );
    const owner = { ...stage, fence: rows[0]?.fence ?? '' };
    await open();
    expect(await late).toMatchObject({ code: 'STALE_EPOCH' });
    expect(await scene.rows('target', 'public.keyed')).toEqual(before);
    await replace(owner);
    await handBack(owner);
  });

  it('wait for a report, and neither the lane nor other readers wait with them', async () => {
    const stage = await frozen('keyed', 'truncate');
    await open();
    await scene.target.query('begin');
    await scene.target.query('select count(*) from public.keyed');
    let over = false;
    const trying = replace(stage, { ...REPLACES, lockTimeoutMs: REPORT_MS })
      .catch((error: unknown) => error)
      .finally(() => (over = true));
    const waits: number[] = [];
    while (!over) {
      const began = performance.now();
      await gate.query('select count(*) from public.keyed');
      waits.push(performance.now() - began);
    }
    expect(await trying).toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(waits.length).toBeGreaterThan(5);
    expect(Math.max(...waits)).toBeLessThan(REPORT_MS);
    await scene.target.query('commit');
    await change('keyed');
    await replace(stage);
    await handBack(stage);
  });

  it('are never those of a stage whose changes were lost', async () => {
    const stage = await frozen('keyed', 'truncate');
    await open();
    const fault = async (code: string | null) =>
      scene.target.query('update sluice.table_state set fault_code = $1 where table_id = $2', [
        code,
        stage.tableId,
      ]);
    await fault('PARKED_BUDGET');
    for (const options of [REPLACES, { deletes: true }]) {
      await expect(fullTarget.merge(stage, options)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    }
    await fault(null);
    await replace(stage);
    await handBack(stage);
  });
});
