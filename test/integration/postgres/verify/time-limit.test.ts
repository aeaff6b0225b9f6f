import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { VerifySide } from './verify-fixture.js';
import { openSide, requestFor } from './verify-fixture.js';

const LIMIT_MS = patient(400);

describe('the time limit of a digest', () => {
  let side: VerifySide;
  beforeAll(async () => {
    side = await openSide('18', 'digest limit', { statementTimeoutMs: LIMIT_MS });
    await side.db.query(`create schema app; create table app.t (id int primary key);
      insert into app.t select n from generate_series(1, 100) n`);
  });
  afterAll(async () => side.close());

  /** Nobody may read the table for longer than the limit. */
  const whileSlow = async <T>(work: () => Promise<T>): Promise<T> => {
    const locker = await side.db.connect();
    await locker.query('begin; lock table app.t in access exclusive mode');
    let isOver = false;
    const working = work().finally(() => {
      isOver = true;
    });
    working.catch(() => undefined);
    await waitFor('the digest takes longer, or was ended', async () => {
      const rows = await side.db.query<{ early: boolean }>(
        `select clock_timestamp() - query_start < interval '${String(LIMIT_MS * 2)} ms' as early
           from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return isOver || rows[0]?.early === false;
    });
    await locker.query('rollback');
    return working;
  };

  it('does not end the digest of a whole table, which is one statement', async () => {
    const digest = await whileSlow(() => side.verify.digest(requestFor(['id'], ['id'])));
    expect(digest.rows).toBe(100);
  });

  it('ends the digest of the newest rows', async () => {
    const request = requestFor(['id'], ['id'], { lastRows: 10 });
    await expect(whileSlow(() => side.verify.digest(request))).rejects.toMatchObject({
      code: 'SERVER_BUSY',
    });
  });
});
