/**
 * What Change Data Capture keeps, and for how long. Needs SQL Server Agent: the capture job fills the
 * change tables. In Microsoft's documentation: "sys.sp_cdc_enable_table (Transact-SQL)",
 * "cdc.<capture_instance>_CT (Transact-SQL)", "cdc.lsn_time_mapping (Transact-SQL)", "cdc.ddl_history
 * (Transact-SQL)", "sys.fn_cdc_get_min_lsn (Transact-SQL)", "sys.fn_cdc_is_bit_set (Transact-SQL)",
 * "sys.sp_cdc_cleanup_change_table (Transact-SQL)"; TRUNCATE: "TRUNCATE TABLE (Transact-SQL)"; the
 * numbers of errors: "Database engine events and errors".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { column, errorNumber, probe } from './probe.js';

const server = probe('cdc');
const sql = (batch: string) => server.database().sql(batch);

function enable(table: string, more = ''): string {
  return `EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'${table}', @role_name = NULL${more}`;
}

async function captured(table: string, rows: number): Promise<void> {
  await waitFor(`${table} is captured`, async () => {
    const [row] = await sql(`SELECT COUNT(*) AS n FROM cdc.[dbo_${table}_CT]`);
    return row?.n === rows;
  });
}

async function started(instance: string): Promise<void> {
  await waitFor(`${instance} has a start`, async () => {
    const rows = await sql(
      `SELECT 1 AS x FROM cdc.change_tables WHERE capture_instance = N'${instance}' AND start_lsn IS NOT NULL`,
    );
    return rows.length === 1;
  });
}

beforeAll(async () => {
  await sql('EXEC sys.sp_cdc_enable_db');
  await sql(`
CREATE TABLE dbo.t (
  id int NOT NULL PRIMARY KEY, a int NULL, b int NULL, c int NULL, d int NULL, e int NULL, f int NULL,
  g int NULL, h int NULL, big nvarchar(max) NULL, twice AS (a * 2));`);
  await sql(enable('t'));
  await started('dbo_t');
});

describe('a capture instance', () => {
  it('needs sys.sp_cdc_enable_db before (22901)', async () => {
    const without = await server.database().server.createDatabase('conformance no cdc');
    try {
      await without.sql('CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY)');
      expect(await errorNumber(without.sql(enable('t')))).toBe(22901);
    } finally {
      await without.drop();
    }
  });

  it('that is not there has an all-zero minimum (sys.fn_cdc_get_min_lsn)', async () => {
    const none = await server.value("sys.fn_cdc_get_min_lsn(N'dbo_none')");
    expect(none).toEqual(Buffer.alloc(10));
    const known = await server.value("sys.fn_cdc_get_min_lsn(N'dbo_t')");
    expect(known).not.toEqual(Buffer.alloc(10));
  });

  it('is one of two at most (22962), by a name that no other has (22926)', async () => {
    await sql('CREATE TABLE dbo.two (id int NOT NULL PRIMARY KEY)');
    await sql(enable('two'));
    expect(await errorNumber(sql(enable('two')))).toBe(22926);
    await sql(enable('two', ", @capture_instance = N'second'"));
    expect(await errorNumber(sql(enable('two', ", @capture_instance = N'third'")))).toBe(22962);
  });

  it('does not learn of a new column, of which sys.ddl_history tells once it is captured', async () => {
    await sql('CREATE TABLE dbo.grows (id int NOT NULL PRIMARY KEY)');
    await sql(enable('grows'));
    await started('dbo_grows');
    await sql('ALTER TABLE dbo.grows ADD more int NULL');
    await sql('INSERT INTO dbo.grows (id, more) VALUES (1, 1)');
    await captured('grows', 1);
    const names = await sql(
      "SELECT c.column_name AS name FROM cdc.captured_columns AS c JOIN cdc.change_tables AS t ON t.object_id = c.object_id WHERE t.capture_instance = N'dbo_grows'",
    );
    expect(column(names, 'name')).toEqual(['id']);
    const ddl = await sql(
      "SELECT d.ddl_command AS command FROM cdc.ddl_history AS d WHERE d.source_object_id = OBJECT_ID(N'dbo.grows')",
    );
    expect(ddl).toHaveLength(1);
  });

  it('that was dropped takes its change table along (208)', async () => {
    await sql('CREATE TABLE dbo.gone (id int NOT NULL PRIMARY KEY)');
    await sql(enable('gone'));
    await sql(
      "EXEC sys.sp_cdc_disable_table @source_schema = N'dbo', @source_name = N'gone', @capture_instance = N'dbo_gone'",
    );
    expect(await errorNumber(sql('SELECT id FROM cdc.[dbo_gone_CT]'))).toBe(208);
  });

  it('keeps its table from TRUNCATE (4711)', async () => {
    expect(await errorNumber(sql('TRUNCATE TABLE dbo.t'))).toBe(4711);
  });
});

describe('the rows of a change table', () => {
  it('say what was done: 2 insert, 3 and 4 an update, 1 delete; computed columns are NULL', async () => {
    await sql("INSERT INTO dbo.t (id, a, big) VALUES (1, 5, N'long')");
    await sql('UPDATE dbo.t SET h = 9 WHERE id = 1');
    await sql('DELETE FROM dbo.t WHERE id = 1');
    await captured('t', 4);
    const rows = await sql(`
SELECT c.[__$operation] AS op, c.a AS a, c.h AS h, c.twice AS twice
  FROM cdc.[dbo_t_CT] AS c ORDER BY c.[__$start_lsn], c.[__$seqval], c.[__$operation]`);
    expect(rows).toEqual([
      { op: 2, a: 5, h: null, twice: null },
      { op: 3, a: 5, h: null, twice: null },
      { op: 4, a: 5, h: 9, twice: null },
      { op: 1, a: 5, h: 9, twice: null },
    ]);
  });

  it('have a mask whose bits count from its last byte; of inserts and deletes all are set', async () => {
    const rows = await sql(`
SELECT c.[__$operation] AS op, CONVERT(varbinary(128), c.[__$update_mask]) AS mask
  FROM cdc.[dbo_t_CT] AS c ORDER BY c.[__$start_lsn], c.[__$seqval], c.[__$operation]`);
    // h is the ninth captured column: the first bit of the second byte from the end.
    const bits = rows.map(({ op, mask }) => [op, Buffer.isBuffer(mask) ? mask.at(-2) : null]);
    expect(Number(bits[2]?.[1]) & 1).toBe(1);
    const low = rows.map(({ mask }) => (Buffer.isBuffer(mask) ? mask.at(-1) : null));
    expect(low[2]).toBe(0);
    expect(low[0]).toBe(255);
    expect(low[3]).toBe(255);
  });

  it('are whole in inserts, also where an update of keys is told as deletes and inserts', async () => {
    await sql('CREATE TABLE dbo.keyed (id int NOT NULL PRIMARY KEY, big nvarchar(max) NULL)');
    await sql(enable('keyed'));
    await started('dbo_keyed');
    await sql(`
INSERT INTO dbo.keyed (id, big)
VALUES (1, REPLICATE(CONVERT(nvarchar(max), N'x'), 5000)), (2, REPLICATE(CONVERT(nvarchar(max), N'y'), 5000))`);
    await sql('UPDATE dbo.keyed SET id = id + 1');
    await captured('keyed', 6);
    const lacking = await sql(
      'SELECT id FROM cdc.dbo_keyed_CT WHERE [__$operation] = 2 AND big IS NULL',
    );
    // NULL in an insert is read as NULL (src/engines/sqlserver/feed/cdc/to-changes.ts).
    expect(lacking).toEqual([]);
  });

  it('lie at commits that cdc.lsn_time_mapping knows, up to sys.fn_cdc_get_max_lsn', async () => {
    const [row] = await sql(`
SELECT COUNT(*) AS unknown
  FROM cdc.[dbo_t_CT] AS c
 WHERE NOT EXISTS (SELECT 1 FROM cdc.lsn_time_mapping AS m
                    WHERE m.start_lsn = c.[__$start_lsn] AND m.tran_id <> 0x00)
    OR c.[__$start_lsn] > sys.fn_cdc_get_max_lsn()`);
    expect(row).toEqual({ unknown: 0 });
  });
});

describe('the clean-up of a change table', () => {
  it('raises the start of the instance to the mark and deletes what lies before', async () => {
    await sql('CREATE TABLE dbo.old (id int NOT NULL PRIMARY KEY)');
    await sql(enable('old'));
    for (const id of [1, 2]) await sql(`INSERT INTO dbo.old (id) VALUES (${String(id)})`);
    await captured('old', 2);
    await sql(`
DECLARE @mark binary(10) = (SELECT MAX([__$start_lsn]) FROM cdc.[dbo_old_CT]);
EXEC sys.sp_cdc_cleanup_change_table @capture_instance = N'dbo_old', @low_water_mark = @mark, @threshold = 5000`);
    expect(await sql('SELECT id FROM cdc.[dbo_old_CT]')).toEqual([{ id: 2 }]);
    const [row] = await sql(`
SELECT CASE WHEN t.start_lsn = (SELECT MIN(c.[__$start_lsn]) FROM cdc.[dbo_old_CT] AS c) THEN 1 ELSE 0 END AS same
  FROM cdc.change_tables AS t WHERE t.capture_instance = N'dbo_old'`);
    expect(row).toEqual({ same: 1 });
  });

  it('is refused a mark that is no commit (22964)', async () => {
    const wrong = sql(
      "EXEC sys.sp_cdc_cleanup_change_table @capture_instance = N'dbo_old', @low_water_mark = 0x0000FFFFFFFFFFFF0001, @threshold = 5000",
    );
    expect(await errorNumber(wrong)).toBe(22964);
  });
});

describe('SWITCH of a partition of a captured table', () => {
  beforeAll(async () => {
    await sql('CREATE PARTITION FUNCTION captured_pf (int) AS RANGE RIGHT FOR VALUES (100)');
    await sql('CREATE PARTITION SCHEME captured_ps AS PARTITION captured_pf ALL TO ([PRIMARY])');
    for (const table of ['free', 'held', 'spare']) {
      await sql(`CREATE TABLE dbo.${table} (id int NOT NULL PRIMARY KEY) ON captured_ps (id)`);
    }
    await sql(enable('free'));
    await sql(enable('held', ', @allow_partition_switch = 0'));
  });

  it('is allowed by default, and its rows are never captured', async () => {
    await started('dbo_free');
    await sql('INSERT INTO dbo.spare (id) VALUES (1)');
    await sql('ALTER TABLE dbo.spare SWITCH PARTITION 1 TO dbo.free PARTITION 1');
    await sql('INSERT INTO dbo.free (id) VALUES (200)');
    await captured('free', 1);
    expect(await sql('SELECT id FROM cdc.[dbo_free_CT]')).toEqual([{ id: 200 }]);
  });

  it('is refused with @allow_partition_switch = 0: 22842 into it, 22843 out of it', async () => {
    const into = sql('ALTER TABLE dbo.spare SWITCH PARTITION 1 TO dbo.held PARTITION 1');
    expect(await errorNumber(into)).toBe(22842);
    const out = sql('ALTER TABLE dbo.held SWITCH PARTITION 1 TO dbo.spare PARTITION 1');
    expect(await errorNumber(out)).toBe(22843);
    const kept = await sql(
      "SELECT t.capture_instance AS name, t.partition_switch AS may FROM cdc.change_tables AS t WHERE t.source_object_id IN (OBJECT_ID(N'dbo.free'), OBJECT_ID(N'dbo.held')) ORDER BY t.capture_instance",
    );
    expect(kept).toEqual([
      { name: 'dbo_free', may: true },
      { name: 'dbo_held', may: false },
    ]);
  });
});
