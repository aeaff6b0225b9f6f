/**
 * The six steps of seed 001's example scenario, in SQL as its document prints it: two source servers
 * into one destination server. Where the document starts its own program, the built worker runs.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestMsDatabase } from '../../support/sqlserver/server.js';
import type { ControlScene } from './control-scene.js';
import { openControlScene } from './control-scene.js';
import { sqlOf } from './seed-scene.js';

const table = (name: string) => `CREATE TABLE dbo.${name} (
  UserID int NOT NULL PRIMARY KEY, UserName nvarchar(50) NOT NULL, FullSyncTrigger bit NOT NULL)`;

let scene: ControlScene;
let source: TestMsDatabase;
let branch: TestMsDatabase;
let target: TestMsDatabase;

beforeAll(async () => {
  scene = await openControlScene(2);
  const [first, second] = scene.sources;
  source = scene.database(first, 'SourceDB');
  branch = scene.database(second, 'BranchDB');
  target = scene.database(scene.target, 'DestDB');
});
afterAll(async () => scene.close());

async function names(database: TestMsDatabase, from = 'Users'): Promise<unknown> {
  const rows = await database.sql(`SELECT UserName AS name FROM dbo.${from} ORDER BY UserID`);
  return rows.map(({ name }) => name).join(' ');
}

async function counted(where: string): Promise<number> {
  const [row] = await scene.control(`SELECT COUNT(*) AS n FROM ${where}`);
  return Number(row?.n);
}

async function addServer(name: string, n: number): Promise<void> {
  await scene.control(`INSERT INTO source_servers (server_name, connection_string, is_enabled)
VALUES (
    '${name}',
    '${scene.connectionString(scene.sources[n])}',
    1
);`);
}

/** As the document has it, but for the names. */
async function addMapping(server: number, from: string, to: string): Promise<void> {
  await scene.control(`INSERT INTO table_mappings (
    server_id,
    source_database, source_schema, source_table,
    dest_database, dest_schema, dest_table,
    primary_key_column,
    full_sync_trigger_column,
    is_enabled,
    cdc_enabled
)
VALUES (
    ${String(server)},
    '${from}', 'dbo', 'Users',
    'DestDB', 'dbo', '${to}',
    'UserID',
    'FullSyncTrigger',
    1,
    1
);`);
}

describe('seed 001', () => {
  test('1 and 2: tables on both sides, and CDC', async () => {
    for (const one of [source, branch, target]) {
      await scene.database(one.server, 'master').sql(`CREATE DATABASE ${one.name}`);
    }
    await source.sql(
      `${table('Users')}; INSERT INTO dbo.Users VALUES (1, N'ann', 0), (2, N'bo', 0)`,
    );
    await branch.sql(`${table('Users')}; INSERT INTO dbo.Users VALUES (1, N'cy', 0)`);
    await target.sql(`${table('Users')}; ${table('BranchUsers')}`);
    await source.sql(sqlOf('001-source.sql'));
    await branch.sql(sqlOf('001-source.sql').replace('SourceDB', 'BranchDB'));
  });

  test('3: servers and mappings are rows; a worker starts what they declare', async () => {
    await addServer('SourceServer1', 0);
    await addMapping(1, 'SourceDB', 'Users');
    await scene.startWorker();
    await scene.until('the first table follows', async () => (await names(target)) === 'ann bo');
    await addServer('SourceServer2', 1);
    await addMapping(2, 'BranchDB', 'BranchUsers');
    const arrived = async () => (await names(target, 'BranchUsers')) === 'cy';
    await scene.until('so does one that is added later', arrived);
    await scene.until('both streams are reported', async () => {
      const running = (await scene.script('001-status.sql')).filter(
        (row) => row.status === 'RUNNING',
      );
      return running.filter((row) => row.sync_type === 'CDC').length === 2;
    });
  });

  test.each([
    ['one row', 'WHERE UserID = 1;'],
    ['the entire table', 'WHERE 1=1;'],
  ])('4: the trigger column of %s asks for a full sync, and is set back', async (_, where) => {
    const done =
      "sync_status WHERE mapping_id = 1 AND sync_type = 'FULL_SYNC' AND status = 'COMPLETED'";
    const before = await counted(done);
    // What CDC does not mend: every row is fetched anew.
    await target.sql(`UPDATE dbo.Users SET UserName = N'stale' WHERE UserID = 2;
INSERT INTO dbo.Users VALUES (99, N'left over', 0)`);
    await source.sql(sqlOf('001-trigger.sql').replace('WHERE UserID = 1;', where));
    await scene.until('it is done', async () => (await counted(done)) > before);
    expect(await names(target)).toBe('ann bo');
    await scene.until('the flags are back', async () => {
      const rows = await source.sql('SELECT UserID FROM dbo.Users WHERE FullSyncTrigger = 1');
      return rows.length === 0;
    });
  });

  test('5: CDC continues', async () => {
    await source.sql(
      "INSERT INTO dbo.Users VALUES (3, N'di', 0); UPDATE dbo.Users SET UserName = N'bob' WHERE UserID = 2",
    );
    await scene.until('changes follow', async () => (await names(target)) === 'ann bob di');
  });

  test('6: a mismatch is in verification_logs and in error_logs', async () => {
    await target.sql("UPDATE dbo.BranchUsers SET UserName = N'wrong' WHERE UserID = 1");
    await scene.until('verification finds it', async () => {
      const failed = await scene.control(`SELECT * FROM verification_logs
WHERE verification_status = 'FAILED'
ORDER BY verified_at DESC;`);
      return failed.some((row) => row.mapping_id === 2);
    });
    await scene.until('it is an error', async () => {
      const errors = await scene.control('SELECT * FROM v_recent_errors;');
      return errors.some((row) => row.mapping_id === 2 && row.source_table === 'Users');
    });
  });

  test('a table is stopped, and goes on where it stood', async () => {
    const stopped = `v_sync_summary WHERE mapping_id = 1 AND sync_type = 'CDC' AND status = 'COMPLETED'`;
    await scene.script('001-stop.sql');
    await scene.until('it rests', async () => (await counted(stopped)) === 1);
    await source.sql("INSERT INTO dbo.Users VALUES (4, N'ed', 0)");
    await branch.sql("INSERT INTO dbo.Users VALUES (2, N'fy', 0)");
    const other = async () =>
      (await counted('sync_logs')) > 0 && (await names(target, 'BranchUsers')) === 'wrong fy';
    await scene.until('the others go on', other);
    expect(await names(target)).toBe('ann bob di');
    await scene.script('001-go-on.sql');
    await scene.until('it goes on', async () => (await names(target)) === 'ann bob di ed');
  });

  test('a server is stopped, and goes on', async () => {
    const stopped = `v_sync_summary WHERE mapping_id = 1 AND sync_type = 'CDC' AND status = 'COMPLETED'`;
    await scene.control('UPDATE source_servers SET is_enabled = 0 WHERE server_id = 1;');
    await scene.until('it rests', async () => (await counted(stopped)) === 1);
    await source.sql("INSERT INTO dbo.Users VALUES (5, N'gus', 0)");
    await scene.script('001-go-on.sql');
    await scene.until('it goes on', async () => (await names(target)) === 'ann bob di ed gus');
  });

  test('the summary shows both mappings', async () => {
    const rows = await scene.control('SELECT * FROM v_sync_summary;');
    expect(new Set(rows.map((row) => row.server_name))).toEqual(
      new Set(['SourceServer1', 'SourceServer2']),
    );
  });
});
