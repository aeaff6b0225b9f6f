import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MsRow, TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import type { StandIn } from '../../../support/sqlserver/start.js';
import { waitFor } from '../../../support/wait-for.js';

/** What only the stand-in can be asked: its switches, and that its log loses nothing. */
const real = process.env.SLUICE_TEST_SQLSERVER_URL;

describe.skipIf(real !== undefined && real !== '')('the feeds of the stand-in', () => {
  let server: TestMsServer;
  let database: TestMsDatabase;

  beforeAll(async () => {
    server = await openSqlServer();
    database = await server.createDatabase('feeds');
    await database.sql(`
ALTER DATABASE [${database.name}] SET CHANGE_TRACKING = ON;
ALTER DATABASE [${database.name}] SET ALLOW_SNAPSHOT_ISOLATION ON;
GO
EXEC sys.sp_cdc_enable_db;
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, n int NOT NULL);
GO
EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N't', @role_name = NULL;
ALTER TABLE dbo.t ENABLE CHANGE_TRACKING;`);
  });
  afterAll(() => server.close());

  const standIn = (): StandIn => {
    if (server.standIn === null) throw new Error('a real server');
    return server.standIn;
  };
  const one = async (sql: string): Promise<MsRow> => (await database.sql(sql))[0] ?? {};
  const captured = async (): Promise<number> =>
    Number((await one('SELECT COUNT(*) AS n FROM cdc.[dbo_t_CT]')).n);

  it('show each commit once and in order, whoever reads among six writers', async () => {
    const writer = (from: number): Promise<void> =>
      database.session(async (sql) => {
        for (let n = 0; n < 40; n += 1) {
          const id = String(from * 1000 + n);
          await sql(`INSERT INTO dbo.t (id, n) VALUES (${id}, 0)`);
          await sql(`UPDATE dbo.t SET n = n + 1 WHERE id >= ${id} - 2 AND id <= ${id}`);
          if (n % 4 === 0) await sql(`DELETE FROM dbo.t WHERE id = ${id}`);
        }
      });
    let writing = true;
    const replica = new Map<unknown, unknown>();
    let version = '0';
    const catchUp = (): Promise<void> =>
      database.session(async (sql) => {
        await sql('SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION');
        const [now] = await sql('SELECT CHANGE_TRACKING_CURRENT_VERSION() AS v');
        const rows = await sql(`
DECLARE @since bigint = ${version};
SELECT c.id, c.SYS_CHANGE_OPERATION AS op, t.n
  FROM CHANGETABLE(CHANGES dbo.t, @since) AS c LEFT JOIN dbo.t AS t ON t.id = c.id`);
        for (const { id, op, n } of rows) {
          if (op === 'D') replica.delete(id);
          else replica.set(id, n);
        }
        version = String(now?.v);
        await sql('COMMIT');
      });
    const reading = (async () => {
      while (writing) await catchUp();
    })();
    await Promise.all([1, 2, 3, 4, 5, 6].map(writer));
    writing = false;
    await reading;
    await catchUp();
    const rows = await database.sql('SELECT id, n FROM dbo.t');
    expect(replica).toEqual(new Map(rows.map(({ id, n }) => [id, n])));

    await database.sql('EXEC standin.scan');
    const changes = await database.sql(`
SELECT [__$operation] AS op, id, n FROM cdc.[dbo_t_CT]
 ORDER BY [__$start_lsn], [__$command_id], [__$seqval], [__$operation]`);
    const replayed = new Map<unknown, unknown>();
    for (const { op, id, n } of changes) {
      if (op === 1) replayed.delete(id);
      if (op === 2 || op === 4) replayed.set(id, n);
    }
    expect(replayed).toEqual(replica);
  });

  it('are captured late, or not at all, where a test asks for it', async () => {
    await database.sql('EXEC standin.capture @running = 0');
    const agent = `SELECT status FROM sys.dm_server_services WHERE servicename LIKE N'SQL Server Agent (%'`;
    expect(await one(agent)).toEqual({ status: 1 });
    const before = await captured();
    await database.sql('INSERT INTO dbo.t (id, n) VALUES (9001, 1)');
    await database.sql('EXEC standin.scan');
    expect(await captured()).toBe(before);
    await database.sql('EXEC standin.capture @running = 1, @delay_ms = 600000');
    await database.sql('EXEC standin.scan');
    expect(await captured()).toBe(before);
    await database.sql('EXEC standin.capture @delay_ms = 0');
    await waitFor('the row is captured', async () => (await captured()) === before + 1);
  });

  it('move max LSN while nothing changes', async () => {
    await database.sql('EXEC standin.capture @idle_ms = 100');
    const idle = 'SELECT COUNT(*) AS n FROM cdc.lsn_time_mapping WHERE tran_id = 0x00';
    const before = Number((await one(idle)).n);
    await waitFor('two idle rows', async () => Number((await one(idle)).n) >= before + 2);
    await database.sql('EXEC standin.capture @idle_ms = 300000');
  });

  it('go back with a restore, on another recovery fork', async () => {
    const state = `
SELECT CONVERT(varchar(40), recovery_fork_guid) AS fork, CHANGE_TRACKING_CURRENT_VERSION() AS v,
       CONVERT(varchar(22), sys.fn_cdc_get_max_lsn(), 1) AS lsn
  FROM sys.database_recovery_status WHERE database_id = DB_ID()`;
    const before = await one(state);
    const backup = await standIn().backup();
    await database.sql('INSERT INTO dbo.t (id, n) VALUES (9002, 1)');
    await waitFor('max LSN moved', async () => (await one(state)).lsn !== before.lsn);
    await standIn().restore(backup);
    const after = await one(state);
    expect(after).toMatchObject({ v: before.v, lsn: before.lsn });
    expect(after.fork).not.toBe(before.fork);
    expect(await database.sql('SELECT 1 AS x FROM dbo.t WHERE id = 9002')).toEqual([]);
    await database.sql('INSERT INTO dbo.t (id, n) VALUES (9002, 1)');
  });

  it('keep what was committed when the power fails', async () => {
    await database.sql('INSERT INTO dbo.t (id, n) VALUES (9003, 1)');
    const before = await captured();
    await standIn().crash();
    await database.sql('EXEC standin.scan');
    expect(await captured()).toBeGreaterThanOrEqual(before);
    expect(await one('SELECT n FROM dbo.t WHERE id = 9003')).toEqual({ n: 1 });
  });
});
