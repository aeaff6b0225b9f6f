import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from '../support/scene.js';
import { expectNot, waitFor } from '../../support/wait-for.js';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ label: 'held-commit' });
  await scene.sourceSql(`
    create table held (id int primary key, v int);
    insert into held select g, g from generate_series(1, 2000) g;
    create table other (id int primary key, v int);`);
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
});

afterAll(async () => {
  await scene.sourceSql(`alter system reset synchronous_standby_names`, 'postgres');
  await scene.sourceSql('select pg_reload_conf()', 'postgres');
  await scene.close();
});

async function synchronous(names: string): Promise<void> {
  await scene.sourceSql(`alter system set synchronous_standby_names = '${names}'`, 'postgres');
  await scene.sourceSql('select pg_reload_conf()', 'postgres');
  await waitFor('the setting is in force', async () => {
    const [row] = await scene.sourceSql<{ value: string }>(
      `select current_setting('synchronous_standby_names') as value`,
    );
    return row?.value === names;
  });
}

async function epoch(): Promise<{ epoch: number; chunks: number; phase: string }> {
  const [row] = await scene.targetSql<{ epoch: string; chunks: string; phase: string }>(`
    select t.epoch, t.phase, (select count(*) from sluice.chunk c where c.table_id = t.table_id) as chunks
      from sluice.table_state t where source_table = 'held'`);
  return {
    epoch: Number(row?.epoch),
    chunks: Number(row?.chunks),
    phase: row?.phase ?? '',
  };
}

/**
 * Of a commit that waits for a standby. The setting counts for commits once the server's checkpointer
 * has read it (SyncRepUpdateSyncStandbysDefined in PostgreSQL's syncrep.c), a moment after sessions
 * show it; one that comes before goes through, and the next is tried.
 */
async function holdCommit(): Promise<{ writer: pg.Client; commit: Promise<unknown> }> {
  for (let id = 5_000; ; id += 1) {
    const writer = new pg.Client({ connectionString: scene.source.url('shop') });
    writer.on('error', () => undefined);
    await writer.connect();
    const commit = writer.query(
      `insert into held values (${String(id)}, 1); update held set v = -1 where id = 7`,
    );
    const through = commit.then(() => false);
    const decoded = isDecodedOnly(id);
    // Of a commit that went through nobody waits for it.
    decoded.catch(() => undefined);
    if (await Promise.race([through, decoded])) return { writer, commit };
    await writer.end();
  }
}

async function isDecodedOnly(id: number): Promise<boolean> {
  return waitFor('the lane has decoded the commit that nobody can read yet', async () => {
    const count = `select count(*) n from held where id = ${String(id)}`;
    const [target] = await scene.targetSql<{ n: string }>(count);
    const [source] = await scene.sourceSql<{ n: string }>(count);
    return target?.n === '1' && source?.n === '0';
  });
}

test('a commit that is in the log but not yet visible holds up the copy and is not lost', async () => {
  const before = await epoch();
  await synchronous('nobody');
  const { writer, commit } = await holdCommit();
  await scene.client.commandPipeline(scene.pipeline, 'forceResync', { tables: 'public.held' });
  await waitFor('the resync waits for it by name', async () => {
    const now = await epoch();
    const [waiting] = await scene.targetSql<{ parks_from: string | null }>(
      `select parks_from from sluice.table_feed f join sluice.table_state t using (table_id)
        where source_table = 'held'`,
    );
    return now.epoch > before.epoch && waiting?.parks_from != null;
  });
  // Long enough for a hand-over that does not wait to have planned its chunks and read them.
  await expectNot('a chunk is planned', async () => (await epoch()).chunks > 0, { forMs: 4_000 });
  await synchronous('');
  await commit;
  await writer.end();
  await scene.streaming();
  await waitFor('both sides are equal', async () => {
    const from = await scene.fingerprint('source', 'held', 'id');
    return from === (await scene.fingerprint(0, 'held', 'id'));
  });
  expect((await epoch()).epoch).toBe(before.epoch + 1);
});
