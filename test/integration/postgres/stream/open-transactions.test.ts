import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { StreamScene } from './stream-scene.js';
import { openStreamScene } from './stream-scene.js';

const DDL = `
  create table t (id int primary key, n int not null, note text not null);
  create table other (id int primary key, n int not null, note text not null)`;

const insert = (from: number, to: number, table = 't') =>
  `insert into ${table} select g, 0, repeat('x', 200) from generate_series(${String(from)}, ${String(to)}) g`;

describeEachPostgres('A transaction that is still open on PostgreSQL %s', (version) => {
  let scene: StreamScene;

  beforeEach(async () => {
    scene = await openStreamScene(version, DDL, ['t', 'other']);
    await scene.source.query(insert(1, 100));
    await scene.source.query(insert(1, 100, 'other'));
    await scene.caughtUp();
  });

  afterEach(async () => {
    await scene.close();
  });

  async function expectEqual(): Promise<void> {
    await scene.caughtUp();
    for (const table of ['t', 'other']) {
      expect(await scene.rows('target', table)).toBe(await scene.rows('source', table));
    }
    expect(scene.failures).toEqual([]);
  }

  test('is written ahead of its commit, and not seen before it', async () => {
    await scene.source.query('begin');
    await scene.source.query(insert(1_000, 4_000));
    await scene.source.query('update t set n = n + 1');
    await scene.source.query(insert(5_000, 8_000));
    await waitFor('the target has begun to write', async () => scene.isWriting());
    const { rows } = await scene.target.query('select from t where id >= 1000');
    expect(rows).toEqual([]);
    await scene.source.query('commit');
    await expectEqual();
  });

  /** More than the lane keeps in memory; then its transaction stays open over an idle look. */
  async function pauseInLargeTransaction(): Promise<void> {
    await scene.source.query('begin');
    await scene.source.query(insert(10_000, 30_000));
    await waitFor('the target has begun to write', async () => scene.isWriting());
    const other = await scene.connect();
    await waitFor('the lane has waited longer than between two idle looks', async () => {
      // Nothing that the lane reads, but the log moves on: an idle position comes in between.
      await other.query('select pg_logical_emit_message(true, $1, $2)', ['sluice test', 'x']);
      expect(await scene.isWriting()).toBe(true);
      return (await scene.waitsInTransaction()) > 1_100;
    });
    const seen = await scene.target.query('select from t where id >= 10000');
    expect(seen.rowCount).toBe(0);
  }

  test('comes whole when it pauses after more than fits into memory', async () => {
    await pauseInLargeTransaction();
    await scene.source.query('update t set n = n + 1 where id % 7 = 0');
    await scene.source.query(insert(40_000, 50_000));
    await scene.source.query('commit');
    await expectEqual();
  });

  test('leaves nothing when it is rolled back after such a pause', async () => {
    await pauseInLargeTransaction();
    await scene.source.query('rollback');
    await waitFor('the target has let go', async () => !(await scene.isWriting()));
    await scene.source.query(insert(29_000, 31_000));
    await expectEqual();
  });

  test('is undone when the source rolls back, and gives way when it stops coming', async () => {
    await scene.source.query('begin');
    await scene.source.query(insert(1_000, 9_000));
    await waitFor('the target has begun to write', async () => scene.isWriting());
    await waitFor('the target has let go', async () => !(await scene.isWriting()));
    await scene.source.query('rollback');
    await scene.source.query(insert(2_000, 9_500));
    await expectEqual();
  });

  test('loses what its savepoints undid, and nothing else', async () => {
    await scene.source.query('begin');
    await scene.source.query(insert(1_000, 3_000));
    await scene.source.query('savepoint a');
    await scene.source.query('update t set n = 7');
    await scene.source.query('savepoint b');
    await scene.source.query(insert(3_001, 5_000));
    await scene.source.query('release b');
    await scene.source.query('rollback to a');
    await scene.source.query('update t set n = n + 1 where id % 2 = 0');
    await scene.source.query('savepoint c');
    await scene.source.query(insert(4_000, 6_000));
    await scene.source.query('commit');
    await expectEqual();
  });

  test('takes its place in commit order among small and large ones', async () => {
    const second = await scene.connect();
    await scene.source.query('begin');
    await scene.source.query(insert(1_000, 3_000));
    await second.query('begin');
    await second.query(insert(1_000, 3_000, 'other'));
    await scene.source.query(insert(3_001, 4_000));
    const small = await scene.connect();
    await small.query('update other set n = 5 where id <= 50');
    await second.query('update other set n = n + 1 where id > 50');
    await second.query(insert(3_001, 4_000, 'other'));
    await second.query('commit');
    await small.query('delete from other where id between 900 and 1500');
    await scene.source.query('delete from t where id % 3 = 0');
    await scene.source.query('commit');
    await expectEqual();
  });

  test('may truncate and alter what it writes', async () => {
    await scene.target.query('alter table t add column extra text');
    await scene.source.query('begin');
    await scene.source.query(insert(1_000, 3_000));
    await scene.source.query('truncate t, other');
    await scene.source.query(insert(1, 2_000));
    await scene.source.query('alter table t add column extra text');
    await scene.source.query(`update t set extra = 'e' || id where id % 2 = 0`);
    await scene.source.query('commit');
    await scene.source.query(`insert into t values (9999, 1, 'n', 'late')`);
    await expectEqual();
  });

  test('is not committed by a lane whose claim was taken, and comes once all the same', async () => {
    await scene.source.query('begin');
    await scene.source.query(insert(1_000, 9_000));
    await waitFor('the target has begun to write', async () => scene.isWriting());
    await scene.takeClaim();
    await scene.source.query('update t set n = n + 1');
    await scene.source.query('commit');
    await scene.caughtUp();
    expect(await scene.rows('target', 't')).toBe(await scene.rows('source', 't'));
    expect(scene.failures).toHaveLength(1);
  });

  test('is followed by a table that begins to park in the middle of it', async () => {
    await scene.source.query('begin');
    await scene.source.query(insert(1_000, 3_000));
    await scene.source.query(insert(1_000, 3_000, 'other'));
    const parking = scene.setFlags('other', { applies: true, parks: true });
    await scene.source.query('update other set n = n + 1');
    await scene.source.query('commit');
    await parking;
    await scene.source.query('update other set n = n + 1');
    await expectEqual();
    const { rows } = await scene.target.query<{ parked: string }>(
      `select count(*) as parked from sluice.parked where op = 'u'`,
    );
    expect(Number(rows[0]?.parked)).toBeGreaterThanOrEqual(2_101);
  });
});
