/** `care.maxReplicationLag` with a streaming standby whose replay stands still. */
import { appendFile, chown, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { startPostgres, type LocalPostgres } from '../../../../src/local/postgres-server.js';
import { copyFolder } from '../../../support/copy-folder.js';
import { waitFor } from '../../../support/wait-for.js';
import { rowsOf } from '../watermark/fixture.js';
import { openShop } from '../watermark/activity-fixture.js';

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** The only standby of a server: made from its files, then fed by its log. */
async function standbyOf(primary: LocalPostgres): Promise<LocalPostgres> {
  const dataDir = `${primary.dataDir}.standby`;
  await primary.stop('fast');
  await copyFolder(primary.dataDir, dataDir);
  await primary.restart();
  const { uid, gid } = await stat(dataDir);
  await writeFile(join(dataDir, 'standby.signal'), '');
  await chown(join(dataDir, 'standby.signal'), uid, gid);
  const { host, port, user, password } = primary;
  const primaryAt = `host=${host} port=${String(port)} user=${user} password=${password}`;
  await appendFile(
    join(dataDir, 'postgresql.auto.conf'),
    `primary_conninfo = '${primaryAt}'\nwal_receiver_status_interval = '1s'\n`,
  );
  return startPostgres({ version: primary.version, dataDir });
}

async function query(url: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<pg.QueryResultRow>(sql)).rows;
  } finally {
    await client.end();
  }
}

it('lets a copy wait while a standby of the source is behind, says so, and goes on afterwards', async () => {
  const primary = await startPostgres({ version: '18' });
  undo.push(async () => primary.remove());
  const source = primary.url('postgres');
  await query(
    source,
    'create table public.t (id int primary key); insert into t select generate_series(1, 1000)',
  );
  const standby = await standbyOf(primary);
  undo.push(async () => standby.remove());
  await waitFor('the standby has the table', async () => {
    return (await query(standby.url('postgres'), 'select from t limit 1')).length > 0;
  });
  await query(standby.url('postgres'), 'select pg_wal_replay_pause()');
  await query(source, 'insert into t values (0)');
  await waitFor('the standby is behind', async () => {
    const behind = `select from pg_stat_replication where replay_lag > interval '1 second'`;
    return (await query(source, behind)).length > 0;
  });

  const shop = await openShop('18', 'care lag', { mode: 'full' }, { maxReplicationLag: '1s' });
  undo.push(async () => shop.close());
  await writeFile(join(dirname(shop.configPath), 'from'), source);
  await shop.reconcile();
  const copying = shop.fullSync('public.t', 'first-0');
  copying.catch(() => undefined);
  const message = await waitFor('the copy says that it waits', async () => {
    const [event] = await shop.target.query<{ message: string }>(
      `select message from sluice.event where kind = 'copy.waits'`,
    );
    return event?.message;
  });
  expect(message).toMatch(/^The copy waits: a replica of the source is \d+ s behind\.$/);
  expect(await shop.target.query(`select from sluice.chunk where state <> 'pending'`)).toEqual([]);

  await query(standby.url('postgres'), 'select pg_wal_replay_resume()');
  await copying;
  expect(await rowsOf(shop.target, 't')).toHaveLength(1_001);
});
