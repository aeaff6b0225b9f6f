import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { guardSourceLog } from '../../../../src/activities/watch/watch-budgets.js';
import { createLogger } from '../../../../src/observability/logger.js';
import type { LocalPostgres } from '../../../../src/local/postgres-server.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { ownServer } from '../../../support/postgres.js';

const SLOT = `select slot_name from pg_replication_slots where database = current_database()`;

describe('onLogLimit: keep', () => {
  let shop: Shop | null = null;
  /** On the one that the run shares other tests write log, too. */
  let server: LocalPostgres;

  beforeAll(async () => {
    server = await ownServer('18');
  });
  afterAll(async () => server.remove());

  afterEach(async () => {
    await shop?.source.query(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots
        where database = current_database() and not active`,
    );
    await shop?.close();
  });

  it('alerts at half of maxRetainedLog and at all of it, once each, and never drops the slot', async () => {
    const source = { createPublication: true, createSlot: true };
    const pipeline = { maxRetainedLog: '300MB', onLogLimit: 'keep' };
    const opened = await openShop('18', 'retained', {}, {}, { source, pipeline, server });
    shop = opened;
    await opened.source.query('create table public.t (id int primary key)');
    await opened.reconcile();
    const logger = createLogger('silent');
    const guard = async (): Promise<void> =>
      opened.use((session) => guardSourceLog(session, logger));
    const fill = async (megabytes: number): Promise<unknown> =>
      opened.source.query(
        `select pg_logical_emit_message(false, 'x', repeat('x', 1000000))
           from generate_series(1, $1::int)`,
        [megabytes],
      );
    const said = async (): Promise<string[]> => {
      const rows = await opened.target.query<{ message: string }>(
        `select message from sluice.event where kind like 'log.%' order by event_id`,
      );
      return rows.map(({ message }) => message);
    };
    await guard();
    expect(await said()).toEqual([]);
    await fill(170);
    await guard();
    await guard();
    const half = /^The source keeps \d+ bytes of log for copy, of 314572800 allowed\.$/;
    expect(await said()).toEqual([expect.stringMatching(half)]);
    await fill(170);
    await guard();
    await guard();
    const all = /allowed; it goes on keeping it, and may run out of disk\.$/;
    expect(await said()).toEqual([expect.stringMatching(half), expect.stringMatching(all)]);
    expect(await opened.source.query(SLOT)).toHaveLength(1);
  });
});
