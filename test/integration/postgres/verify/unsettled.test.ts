import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LongRun } from '../../../../src/activities/long-running.js';
import { stopApplying } from '../../../../src/activities/quarantine.js';
import { verifyTable } from '../../../../src/activities/verify/verify-table.js';
import type { Patience } from '../../../../src/activities/verify/verify-settle.js';
import type { VerifyResult } from '../../../../src/core/protocol.js';
import { requireTable } from '../../../../src/session/pipeline-session.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';

const RUN: LongRun = {
  signal: new AbortController().signal,
  dueToReturn: () => false,
  pause: () => new Promise((resolve) => setImmediate(resolve)),
  report: () => undefined,
};
const IMPATIENT = { rounds: { most: 3, late: 2 }, reachMs: 100 };

let shop: Shop;

beforeEach(async () => {
  const source = { createPublication: true, createSlot: true };
  shop = await openShop('18', 'unsettled', {}, {}, { source });
  await shop.source.query(`create table public.t (id int primary key, v text);
    insert into t select i, 'v' from generate_series(1, 100) i`);
  await shop.reconcile();
  const lane = shop.startLane();
  await shop.fullSync('public.t', 'first-0');
  await lane.stop();
});

afterEach(async () => {
  await shop.close();
});

function verify(run: LongRun = RUN, patience: Patience = IMPATIENT): Promise<VerifyResult> {
  const ref = { pipeline: shop.pipeline, target: 'copy', slug: 'public.t' };
  const request = { ...ref, scope: 'full', repair: true } as const;
  return shop.use((session) => verifyTable(session, request, run, patience));
}

/** As its workflow does it for a pause by SQL. */
async function pauseTable(): Promise<void> {
  await shop.use(async (session) => {
    const target = await session.target('copy');
    const ref = { pipeline: shop.pipeline, target: 'copy', slug: 'public.t' };
    const row = await requireTable(target, ref);
    await stopApplying(target, row);
    await target.state.tables.setPhase(row.tableId, 'paused', 'a test');
  });
}

async function kept(): Promise<unknown[]> {
  return shop.target.query(
    'select result, differences::int, message from sluice.verification order by verification_id',
  );
}

describe('a verification whose lane does not move', () => {
  it('does not call rows equal that it could not settle, and says how many and why', async () => {
    await shop.source.query(`update t set v = 'w' where id in (3, 5)`);
    expect(await verify()).toMatchObject({ result: 'unsettled', differences: 0 });
    const message =
      '2 rows could not be settled: the target did not reach the position of the source in time';
    expect(await kept()).toEqual([{ result: 'unsettled', differences: 0, message }]);
    expect((await shop.row('public.t')).verifiedResult).toBe('unsettled');
    const events = await shop.target.query(
      `select level, message from sluice.event where kind = 'verification.unsettled'`,
    );
    expect(events).toEqual([{ level: 'warning', message: `public.t: ${message}.` }]);
    expect(await shop.target.query('select 1 from sluice.error')).toEqual([]);
  });

  it('says so as well when it has to end before', async () => {
    await shop.source.query(`update t set v = 'w' where id = 3`);
    expect(await verify({ ...RUN, dueToReturn: () => true })).toMatchObject({
      result: 'unsettled',
    });
    expect(await kept()).toMatchObject([
      { message: '1 row could not be settled: the comparison had to end before' },
    ]);
  });

  it('passes sides that are equal, as nothing is left to be settled', async () => {
    expect(await verify()).toMatchObject({ result: 'passed' });
  });
});

describe('a verification of a table that leaves while it is compared', () => {
  it('calls nothing a difference that is only kept back', async () => {
    await shop.source.query(`update t set v = 'w' where id = 3`);
    let lane: { stop(): Promise<void> } | undefined;
    // The first wait for the lane; from now on it comes past the change, which it keeps back.
    const pause = async (): Promise<void> => {
      if (lane !== undefined) return RUN.pause(0);
      lane = shop.startLane();
      await pauseTable();
    };
    const patient = { ...IMPATIENT, reachMs: 60_000 };
    try {
      const verdict = await verify({ ...RUN, pause }, patient);
      expect(verdict).toMatchObject({ result: 'unsettled', differences: 0, repaired: 0 });
    } finally {
      await lane?.stop();
    }
    expect(await kept()).toMatchObject([
      { message: '1 row could not be settled: the table left streaming while it was compared' },
    ]);
    expect(await shop.target.query('select 1 from sluice.error')).toEqual([]);
  });
});
