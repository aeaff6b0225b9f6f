import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { copyActivities } from '../../../../src/activities/full-sync/copy.js';
import type { Dependencies } from '../../../../src/activities/dependencies.js';
import { watchLocked, type Comebacks } from '../../../../src/activities/watch/watch-locked.js';
import { waitFor } from '../../../support/wait-for.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

const MADE_BY_US = { createPublication: true, createSlot: true };
const PATIENCE = { timeoutMs: 60_000 };

let shop: Shop | null = null;
let lane: { stop(): Promise<void> } | null = null;
let locker: pg.Client | null = null;

afterEach(async () => {
  await locker?.end();
  await lane?.stop();
  await shop?.close();
});

async function open(label: string): Promise<Shop> {
  const opened = await openShop('18', label, {}, {}, { source: MADE_BY_US });
  shop = opened;
  await opened.source.query(
    `create table public.t (id int primary key, v text); create table public.other (id int primary key);
     insert into t values (1, 'one')`,
  );
  await opened.reconcile();
  lane = opened.startLane();
  for (const table of ['t', 'other']) await opened.fullSync(`public.${table}`, 'first-0');
  locker = new pg.Client({ connectionString: opened.target.url });
  await locker.connect();
  return opened;
}

it.each([
  ['the table', 'lock table public.t in access exclusive mode'],
  ['a row that changes', `update public.t set v = 'mine' where id = 1`],
])(
  'a lock on %s sets that table aside; the others go on, and it comes back when the lock is gone',
  async (_, statement) => {
    const opened = await open('locked');
    await locker?.query(`begin; ${statement}`);
    await opened.source.query(
      `insert into t values (2, 'two'); update t set v = 'changed' where id = 1; insert into other values (1)`,
    );
    const others = async (): Promise<number> =>
      (await opened.target.query('select id from public.other')).length;
    await waitFor('the other table goes on', async () => (await others()) === 1, PATIENCE);
    const row = await opened.row('public.t');
    expect(row).toMatchObject({ phase: 'quarantined', faultCode: 'LOCK_TIMEOUT' });
    expect(row.faultMessage).toMatch(/holds a lock on public\.t/);
    // While it is held nothing waits for it any more.
    await opened.source.query(`insert into t values (3, 'three'); insert into other values (2)`);
    await waitFor('at once', async () => (await others()) === 2, { timeoutMs: 5_000 });

    const comebacks: Comebacks = new Map();
    const watch = async (): Promise<string> => {
      await opened.use((session) => watchLocked(session, 'copy', comebacks));
      return (await opened.row('public.t')).phase;
    };
    // A transaction counts as long when it has been open for longer than a lane waits.
    expect(await watch()).toBe('quarantined');
    await locker?.query('rollback');
    expect(await watch()).toBe('paused');
    await resume(opened);
    const copied = await opened.target.query('select id, v from public.t order by id');
    expect(copied).toEqual([
      { id: 1, v: 'changed' },
      { id: 2, v: 'two' },
      { id: 3, v: 'three' },
    ]);
    const left = await opened.target.query('select 1 from sluice.error where resolved_at is null');
    expect(left).toEqual([]);
  },
);

it('comes back less and less often when it is locked again and again', async () => {
  const opened = await open('locked again');
  const comebacks: Comebacks = new Map();
  let now = 0;
  const cameBackAt: number[] = [];
  for (; now < 200_000; now += 5_000) {
    await opened.target.query(
      `update sluice.table_state set phase = 'quarantined', fault_code = 'LOCK_TIMEOUT'
        where slug = 'public.t'`,
    );
    await opened.use((session) => watchLocked(session, 'copy', comebacks, () => now));
    if ((await opened.row('public.t')).phase === 'paused') cameBackAt.push(now / 1_000);
  }
  expect(cameBackAt).toEqual([0, 5, 15, 35, 75, 155]);
});

/** As the table's workflow does it. */
async function resume({ configPath, pipeline }: Shop): Promise<void> {
  const copy = copyActivities({ session: { configPath } } as unknown as Dependencies);
  const ref = { pipeline, target: 'copy', slug: 'public.t' };
  const once = async () => copy.resumeTable(ref);
  await waitFor('it is resumed', async () => {
    const { done } = await new MockActivityEnvironment().run<[], { done: boolean }, typeof once>(
      once,
    );
    return done;
  });
}
