import { afterEach, expect, it } from 'vitest';
import { takeOver } from '../../../../src/session/take-over.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { rowsOf } from '../watermark/fixture.js';

const DDL = `create table public.t (id int primary key, n int not null);
  insert into t select i, 0 from generate_series(1, 1000) i`;

describeEachPostgres('--from-position on PostgreSQL %s', (version) => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;

  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    lane = null;
    await shop?.close();
  });

  /** A DBA's publication and slot, then the backup, then changes that the backup lacks. */
  const restored = async (label: string) => {
    const slot = `dba_${label}_${version}`;
    const more = { source: { publication: 'dba' }, target: { slot } };
    const opened = await openShop(version, label, {}, {}, more);
    shop = opened;
    await opened.source.query(`${DDL}; create publication dba for table t`);
    const [made] = await opened.source.query<{ lsn: string }>(
      `select lsn::text from pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
    );
    await opened.target.query(DDL);
    await opened.source.query('update t set n = n + 1; insert into t values (1001, 5)');
    return { opened, slot, position: made?.lsn ?? '' };
  };

  it('goes on from there without a copy, each change once', async () => {
    const { opened, position } = await restored('takes');
    const take = async () =>
      opened.use(async (session) => takeOver(session, 'copy', position, 'test'));
    expect(await take()).toBe(1);
    expect(await take()).toBe(1);
    lane = opened.startLane();
    await opened.source.query('delete from t where id = 7');
    await waitFor(
      'both sides are equal',
      async () =>
        JSON.stringify(await rowsOf(opened.target, 't')) ===
        JSON.stringify(await rowsOf(opened.source, 't')),
    );
    expect(await opened.row('public.t')).toMatchObject({ phase: 'streaming', rowsCopied: 0 });
    expect(await opened.target.query('select from sluice.chunk')).toHaveLength(0);
  });

  it('is refused where the slot has passed the position, or a table was out of the feed', async () => {
    const { opened, slot, position } = await restored('refused');
    const take = async (at: string) =>
      opened.use(async (session) => takeOver(session, 'copy', at, 'test'));
    await expect(take('yesterday')).rejects.toMatchObject({ code: 'COMMAND_INVALID' });
    await opened.source.query('alter publication dba drop table t');
    await expect(take(position)).rejects.toMatchObject({ code: 'FEED_CHANGED' });
    await opened.source.query('alter publication dba add table t');
    await opened.source.query(
      `select pg_replication_slot_advance('${slot}', pg_current_wal_lsn())`,
    );
    await expect(take(position)).rejects.toMatchObject({ code: 'FEED_GAP' });
  });
});
