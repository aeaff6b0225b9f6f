/**
 * What Change Tracking tells of the rows of a table. In Microsoft's documentation: "CHANGETABLE
 * (Transact-SQL)", "CHANGE_TRACKING_MIN_VALID_VERSION (Transact-SQL)", "Enable and Disable Change
 * Tracking (SQL Server)" and, for TRUNCATE, "Work with Change Tracking (SQL Server)"; the numbers of
 * errors: "Database engine events and errors".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { MsRow } from '../../support/sqlserver/server.js';
import { errorNumber, probe } from './probe.js';

const server = probe('tracking');
const sql = (batch: string) => server.database().sql(batch);
const version = async () => String(await server.value('CHANGE_TRACKING_CURRENT_VERSION()'));

function changes(table: string, since: string): Promise<MsRow[]> {
  return sql(`
DECLARE @since bigint = ${since};
SELECT c.SYS_CHANGE_OPERATION AS op, c.id AS id
  FROM CHANGETABLE(CHANGES dbo.${table}, @since) AS c ORDER BY c.id`);
}

async function valid(table: string): Promise<{ min: string; begin: string }> {
  const [row] = await sql(`
SELECT CHANGE_TRACKING_MIN_VALID_VERSION(t.object_id) AS minValid, t.begin_version AS beginVersion
  FROM sys.change_tracking_tables AS t WHERE t.object_id = OBJECT_ID(N'dbo.${table}')`);
  return { min: String(row?.minValid), begin: String(row?.beginVersion) };
}

beforeAll(async () => {
  expect(await server.value('CHANGE_TRACKING_CURRENT_VERSION()')).toBeNull();
  const { name } = server.database();
  await sql(
    `ALTER DATABASE [${name}] SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON)`,
  );
  await sql('CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, a int NULL)');
  await sql('ALTER TABLE dbo.t ENABLE CHANGE_TRACKING WITH (TRACK_COLUMNS_UPDATED = ON)');
});

describe('CHANGETABLE(CHANGES …)', () => {
  it('has one row a key, with what came of all its changes since', async () => {
    await sql('INSERT INTO dbo.t (id, a) VALUES (1, 1), (2, 2), (3, 3)');
    const since = await version();
    await sql('UPDATE dbo.t SET a = 10 WHERE id = 1');
    await sql('UPDATE dbo.t SET a = 11 WHERE id = 1');
    await sql('DELETE FROM dbo.t WHERE id = 2');
    await sql('INSERT INTO dbo.t (id, a) VALUES (4, 4)');
    await sql('UPDATE dbo.t SET a = 40 WHERE id = 4');
    expect(await changes('t', since)).toEqual([
      { op: 'U', id: 1 },
      { op: 'D', id: 2 },
      { op: 'I', id: 4 },
    ]);
    expect(await changes('t', await version())).toEqual([]);
  });

  it('takes a changed key for a delete and an insert, and a row that came back for an update', async () => {
    const since = await version();
    await sql('UPDATE dbo.t SET id = 30 WHERE id = 3');
    await sql('DELETE FROM dbo.t WHERE id = 4');
    await sql('INSERT INTO dbo.t (id, a) VALUES (4, 5)');
    expect(await changes('t', since)).toEqual([
      { op: 'D', id: 3 },
      { op: 'U', id: 4 },
      { op: 'I', id: 30 },
    ]);
  });

  it('is refused a table that is not tracked (22105)', async () => {
    await sql('CREATE TABLE dbo.plain (id int NOT NULL PRIMARY KEY)');
    expect(await errorNumber(changes('plain', '0'))).toBe(22105);
  });
});

describe('tracking of a table', () => {
  it('needs a primary key (4997)', async () => {
    await sql('CREATE TABLE dbo.keyless (id int NOT NULL)');
    expect(await errorNumber(sql('ALTER TABLE dbo.keyless ENABLE CHANGE_TRACKING'))).toBe(4997);
  });

  it('has a minimum valid version of NULL where it is off', async () => {
    const none = await server.value("CHANGE_TRACKING_MIN_VALID_VERSION(OBJECT_ID(N'dbo.keyless'))");
    expect(none).toBeNull();
  });

  it('begins anew with a TRUNCATE: what was before is not valid any more', async () => {
    await sql('CREATE TABLE dbo.emptied (id int NOT NULL PRIMARY KEY)');
    await sql('ALTER TABLE dbo.emptied ENABLE CHANGE_TRACKING');
    await sql('INSERT INTO dbo.emptied (id) VALUES (1)');
    const since = await version();
    const before = await valid('emptied');
    await sql('TRUNCATE TABLE dbo.emptied');
    await sql('INSERT INTO dbo.emptied (id) VALUES (2)');
    const after = await valid('emptied');
    expect(BigInt(after.begin) > BigInt(before.begin)).toBe(true);
    expect(BigInt(after.min) > BigInt(since)).toBe(true);
  });

  it('begins anew where it was off and on', async () => {
    const before = await valid('t');
    await sql('INSERT INTO dbo.t (id) VALUES (70)');
    await sql('ALTER TABLE dbo.t DISABLE CHANGE_TRACKING');
    await sql('ALTER TABLE dbo.t ENABLE CHANGE_TRACKING');
    expect(BigInt((await valid('t')).begin) > BigInt(before.begin)).toBe(true);
  });

  it('keeps its table from SWITCH (4900)', async () => {
    await sql('CREATE TABLE dbo.twin (id int NOT NULL PRIMARY KEY, a int NULL)');
    expect(await errorNumber(sql('ALTER TABLE dbo.t SWITCH TO dbo.twin'))).toBe(4900);
  });
});
