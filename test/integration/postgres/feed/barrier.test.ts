import { expect, it } from 'vitest';
import pg from 'pg';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { withServer } from '../../../support/postgres.js';
import { waitFor } from '../../../support/wait-for.js';
import {
  OPTIONS,
  changesOf,
  commits,
  connectionTo,
  feedName,
  feedOn,
  readUntil,
  show,
} from './feed-fixture.js';

const T = { schema: 'public', table: 't' };

async function session(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/**
 * Commits of a row each, of which the last waits for a standby. The setting counts for commits once
 * the checkpointer has read it, a moment after sessions show it: one that comes before goes through.
 */
async function holdCommit(
  writer: pg.Client,
  admin: pg.Client,
): Promise<{ commit: Promise<unknown>; ids: readonly number[] }> {
  const ids: number[] = [];
  for (;;) {
    const id = ids.push(ids.length + 1);
    const is = { through: false };
    const commit = writer.query(`INSERT INTO t VALUES (${String(id)}, 'a')`).then(() => {
      is.through = true;
    });
    await waitFor('the commit waits, or has gone through', async () => {
      const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
      return is.through || (await admin.query(waits)).rowCount === 1;
    });
    if (!is.through) return { commit, ids };
  }
}

describeEachPostgres('the hand-over barrier of PostgreSQL %s', (version) => {
  it('waits for a commit that is decoded already and not yet visible', async () => {
    await withServer({ version }, async (server) => {
      const name = feedName('barrier');
      const { feed, close } = feedOn(connectionTo(server, 'postgres'));
      const admin = await session(server.url('postgres'), 'admin');
      await admin.query('CREATE TABLE t (id int PRIMARY KEY, v text)');
      const { position } = await feed.prepare(name);
      await feed.addTables(name, [T]);
      await admin.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
      await admin.query('SELECT pg_reload_conf()');
      const writer = await session(server.url('postgres'), 'shop writer');
      await waitFor('the setting counts', async () => {
        const result = await writer.query('SHOW synchronous_standby_names');
        return Reflect.get(result.rows[0] ?? {}, 'synchronous_standby_names') === 'nobody';
      });
      const { commit, ids } = await holdCommit(writer, admin);
      const reader = await feed.open(name, position, OPTIONS);
      const events = await readUntil(reader, (all) => commits(all) === ids.length);
      expect(changesOf(events).map(show)).toEqual(ids.map((id) => `i public.t ${String(id)},a`));
      const isSeen = async () =>
        (await admin.query('SELECT 1 FROM t WHERE id = $1', [ids.at(-1)])).rowCount === 1;
      expect(await isSeen()).toBe(false);

      const barrier = await feed.takeBarrier();
      const held = await feed.barrierPassed(barrier);
      expect(held.passed).toBe(false);
      expect(held.waitingFor).toMatch(/^process \d+ \(shop writer, .* waits for a synchronous/);

      await admin.query('ALTER SYSTEM RESET synchronous_standby_names');
      await admin.query('SELECT pg_reload_conf()');
      await commit;
      await waitFor(
        'the barrier has passed',
        async () => (await feed.barrierPassed(barrier)).passed,
      );
      expect(await isSeen()).toBe(true);
      await reader.close();
      await close();
      await Promise.all([writer.end(), admin.end()]);
    });
  });

  it('waits for transactions that ran before it, prepared ones too, not for later ones', async () => {
    await withServer({ version, settings: { max_prepared_transactions: '5' } }, async (server) => {
      const { feed, close } = feedOn(connectionTo(server, 'postgres'));
      const [early, late] = [
        await session(server.url('postgres'), 'early'),
        await session(server.url('postgres'), 'late'),
      ];
      await early.query('CREATE TABLE t (id int PRIMARY KEY)');
      await early.query('BEGIN');
      await early.query('INSERT INTO t VALUES (1)');
      await early.query("PREPARE TRANSACTION 'two phases'");
      const barrier = await feed.takeBarrier();
      await late.query('BEGIN');
      await late.query('INSERT INTO t VALUES (2)');
      expect((await feed.barrierPassed(barrier)).waitingFor).toContain(
        "prepared transaction 'two phases'",
      );
      await early.query("COMMIT PREPARED 'two phases'");
      expect(await feed.barrierPassed(barrier)).toEqual({ passed: true, waitingFor: null });
      await close();
      await Promise.all([early.end(), late.end()]);
    });
  });
});
