/**
 * Boundaries, SPLIT and SWITCH. In Microsoft's documentation: "CREATE PARTITION FUNCTION
 * (Transact-SQL)", "$PARTITION (Transact-SQL)", "ALTER PARTITION SCHEME (Transact-SQL)", "ALTER
 * PARTITION FUNCTION (Transact-SQL)"; what SWITCH asks for: "Transferring Data Efficiently by Using
 * Partition Switching" and "ALTER TABLE (Transact-SQL)"; the numbers of errors: "Database engine events
 * and errors".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { column, errorNumber, probe } from './probe.js';

const server = probe('partitions');
const sql = (batch: string) => server.database().sql(batch);

beforeAll(async () => {
  await sql('CREATE PARTITION FUNCTION pf (int) AS RANGE RIGHT FOR VALUES (100, 200)');
  await sql('CREATE PARTITION SCHEME ps AS PARTITION pf TO ([PRIMARY], [PRIMARY], [PRIMARY])');
  await sql('CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, a int NULL) ON ps (id)');
});

/** A table that may be switched into partition 2, but for what is said. */
async function stage(name: string, columns: string, check: string | null): Promise<void> {
  await sql(`CREATE TABLE dbo.${name} (${columns})`);
  await sql(`INSERT INTO dbo.${name} (id) VALUES (150)`);
  if (check !== null)
    await sql(`ALTER TABLE dbo.${name} ${check} ADD CHECK (id >= 100 AND id < 200)`);
}

const COLUMNS = 'id int NOT NULL PRIMARY KEY, a int NULL';
const into = (name: string) =>
  errorNumber(sql(`ALTER TABLE dbo.${name} SWITCH TO dbo.t PARTITION 2`));

describe('a boundary', () => {
  it('with RANGE RIGHT belongs to the partition on its right ($PARTITION)', async () => {
    const numbers = await server.values(
      '$PARTITION.pf(99)',
      '$PARTITION.pf(100)',
      '$PARTITION.pf(200)',
    );
    expect(numbers).toEqual([1, 2, 3]);
  });

  it('needs NEXT USED before each SPLIT (7710), and is there once (7708)', async () => {
    await sql('CREATE PARTITION FUNCTION split_pf (int) AS RANGE RIGHT FOR VALUES (1)');
    await sql('CREATE PARTITION SCHEME split_ps AS PARTITION split_pf TO ([PRIMARY], [PRIMARY])');
    const split = (at: number) =>
      sql(`ALTER PARTITION FUNCTION split_pf() SPLIT RANGE (${String(at)})`);
    expect(await errorNumber(split(2))).toBe(7710);
    await sql('ALTER PARTITION SCHEME split_ps NEXT USED [PRIMARY]');
    await split(2);
    expect(await errorNumber(split(3))).toBe(7710);
    await sql('ALTER PARTITION SCHEME split_ps NEXT USED [PRIMARY]');
    expect(await errorNumber(split(2))).toBe(7708);
    const values = await sql(`
SELECT CONVERT(int, v.value) AS value
  FROM sys.partition_range_values AS v
  JOIN sys.partition_functions AS f ON f.function_id = v.function_id
 WHERE f.name = N'split_pf' ORDER BY v.boundary_id`);
    expect(column(values, 'value')).toEqual([1, 2]);
  });

  it('is split after a wait for the session that drops a table of the function', async () => {
    await sql('CREATE PARTITION FUNCTION drop_pf (int) AS RANGE RIGHT FOR VALUES (1)');
    await sql('CREATE PARTITION SCHEME drop_ps AS PARTITION drop_pf ALL TO ([PRIMARY])');
    await sql('CREATE TABLE dbo.dropped (id int NOT NULL) ON drop_ps (id)');
    await server.session(async (dropper) => {
      await server.session(async (waiter) => {
        const [waiting] = await waiter('SELECT @@SPID AS id');
        await dropper('BEGIN TRAN; DROP TABLE dbo.dropped');
        const split = waiter('ALTER PARTITION FUNCTION drop_pf() SPLIT RANGE (2)');
        split.catch(() => undefined);
        await waitFor('the split waits', async () => {
          const [row] = await sql(
            `SELECT status FROM sys.dm_exec_sessions WHERE session_id = ${String(waiting?.id)}`,
          );
          return row?.status === 'running';
        });
        await dropper('COMMIT');
        await split;
      });
    });
  });
});

describe('SWITCH into a partition', () => {
  it('is refused without a CHECK that proves the range (4982), also one that is not trusted', async () => {
    await stage('bare', COLUMNS, null);
    expect(await into('bare')).toBe(4982);
    await stage('untrusted', COLUMNS, 'WITH NOCHECK');
    expect([4982, 4972]).toContain(await into('untrusted'));
  });

  it('is refused for other columns: their number (4943), name (4942), type (4944)', async () => {
    await stage('fewer', 'id int NOT NULL PRIMARY KEY', 'WITH CHECK');
    expect(await into('fewer')).toBe(4943);
    await stage('renamed', 'id int NOT NULL PRIMARY KEY, b int NULL', 'WITH CHECK');
    expect(await into('renamed')).toBe(4942);
    await stage('typed', 'id int NOT NULL PRIMARY KEY, a bigint NULL', 'WITH CHECK');
    expect(await into('typed')).toBe(4944);
  });

  it('is refused where the target has an index that the source lacks (4947)', async () => {
    await sql('CREATE INDEX ix_a ON dbo.t (a)');
    await stage('unindexed', COLUMNS, 'WITH CHECK');
    expect(await into('unindexed')).toBe(4947);
    await sql('DROP INDEX ix_a ON dbo.t');
  });

  it('is refused where the target has a check (4970, 4971) or a foreign key (4968) that the source lacks', async () => {
    await sql('ALTER TABLE dbo.t ADD CONSTRAINT t_ck CHECK (a > 0)');
    await stage('unchecked', COLUMNS, 'WITH CHECK');
    expect([4970, 4971]).toContain(await into('unchecked'));
    await sql('ALTER TABLE dbo.t DROP CONSTRAINT t_ck');
    await sql('CREATE TABLE dbo.known (id int NOT NULL PRIMARY KEY)');
    await sql('ALTER TABLE dbo.t ADD CONSTRAINT t_fk FOREIGN KEY (a) REFERENCES dbo.known (id)');
    expect(await into('unchecked')).toBe(4968);
    await sql('ALTER TABLE dbo.t DROP CONSTRAINT t_fk');
  });

  it('moves the rows into an empty partition, and is refused a full one (4904)', async () => {
    await stage('good', COLUMNS, 'WITH CHECK');
    await stage('second', COLUMNS, 'WITH CHECK');
    expect(await into('good')).toBeUndefined();
    expect(await sql('SELECT id FROM dbo.t')).toEqual([{ id: 150 }]);
    expect(await sql('SELECT id FROM dbo.good')).toEqual([]);
    expect(await into('second')).toBe(4904);
  });

  it('goes with a TRUNCATE of the partition in one transaction', async () => {
    await server.session(async (batch) => {
      await batch('SET XACT_ABORT ON; BEGIN TRAN');
      await batch('TRUNCATE TABLE dbo.t WITH (PARTITIONS (2))');
      await batch('ALTER TABLE dbo.second SWITCH TO dbo.t PARTITION 2');
      await batch('ROLLBACK');
    });
    expect(await sql('SELECT id FROM dbo.t')).toEqual([{ id: 150 }]);
    expect(await sql('SELECT id FROM dbo.second')).toEqual([{ id: 150 }]);
  });

  it('is refused out of a table whose keys a foreign key refers to (4967)', async () => {
    await sql('CREATE TABLE dbo.child (id int NOT NULL REFERENCES dbo.t (id))');
    await sql('CREATE TABLE dbo.twin (id int NOT NULL PRIMARY KEY, a int NULL) ON ps (id)');
    const out = sql('ALTER TABLE dbo.t SWITCH PARTITION 3 TO dbo.twin PARTITION 3');
    expect(await errorNumber(out)).toBe(4967);
    expect(await errorNumber(sql('TRUNCATE TABLE dbo.t'))).toBe(4712);
  });
});
