import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';

const RUNS = 10;
const ROWS = 50_000;
const HOT_ROWS = 10;
const PER_SECOND = 500;

describeEachPostgres('verification under load, on PostgreSQL %s', (version) => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;

  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    lane = null;
    await shop?.close();
  });

  it(
    `gives no false alarm in ${RUNS} runs with ${PER_SECOND} updates/s on ${HOT_ROWS} rows, and finds a planted difference`,
    { timeout: patient(240_000) },
    async () => {
      const source = { createPublication: true, createSlot: true };
      const opened = await openShop(version, 'load', {}, {}, { source });
      shop = opened;
      await opened.source.query(`create table public.t (id int primary key, n int, v text);
        insert into t select i, 0, repeat('x', 40) from generate_series(1, ${ROWS}) i`);
      await opened.reconcile();
      lane = opened.startLane();
      await opened.fullSync('public.t', 'first-0');
      const writer = await startWriter(opened);
      const results: string[] = [];
      const meanwhile: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        const before = writer.updates();
        const { result, differences, sourceRows } = await opened.verify('public.t');
        results.push(`${result} ${differences} ${sourceRows}`);
        meanwhile.push(writer.updates() - before);
      }
      await opened.target.query(`update t set v = v || ' ' where id = ${ROWS / 2}`);
      const planted = await opened.verify('public.t');
      await writer.stop();
      // A row that changes at every look is left unsettled: no alarm, but not the rule.
      const passed = results.filter((result) => result === `passed 0 ${ROWS}`);
      expect(passed.length).toBeGreaterThanOrEqual(RUNS - 2);
      const quiet = [`passed 0 ${ROWS}`, `unsettled 0 ${ROWS}`];
      for (const result of results) expect(quiet).toContain(result);
      expect(planted).toMatchObject({ result: 'failed', differences: 1 });
      // How many depends on the machine; rows changed under each of the runs.
      expect(Math.min(...meanwhile)).toBeGreaterThan(0);
      const keys = await opened.target.query<{ row_key: string }>(
        'select row_key from sluice.verification_row',
      );
      expect(keys.map((row) => row.row_key)).toEqual([expect.stringContaining(String(ROWS / 2))]);
      await waitFor('the stream has all updates', async () => {
        const sum = 'select sum(n)::int as n from t';
        const [a, b] = await Promise.all([opened.source.query(sum), opened.target.query(sum)]);
        return JSON.stringify(a) === JSON.stringify(b);
      });
    },
  );
});

/** One-row transactions at the rate, in bursts of a tenth of a second. */
async function startWriter(shop: Shop): Promise<{
  /** Committed so far. */
  updates(): number;
  stop(): Promise<void>;
}> {
  const client = await shop.source.connect();
  const began = Date.now();
  let updates = 0;
  let stopping = false;
  const running = (async () => {
    while (!stopping) {
      const due = ((Date.now() - began) / 1_000) * PER_SECOND;
      if (updates >= due) await delay(10);
      else {
        await client.query(`update t set n = n + 1 where id = ${(updates % HOT_ROWS) + 1}`);
        updates += 1;
      }
    }
  })();
  return {
    updates: () => updates,
    stop: async () => {
      stopping = true;
      await running;
    },
  };
}
