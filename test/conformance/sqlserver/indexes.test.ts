/**
 * What an index keeps, and what it refuses. In Microsoft's documentation: "CREATE INDEX (Transact-SQL)",
 * "ALTER INDEX (Transact-SQL)", "DROP INDEX (Transact-SQL)", "ALTER TABLE (Transact-SQL)" (DROP
 * CONSTRAINT), "sys.indexes (Transact-SQL)", "sys.partitions (Transact-SQL)"; the numbers of errors:
 * "Database engine events and errors".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { column, errorNumber, probe } from './probe.js';

const server = probe('indexes');
const sql = (batch: string) => server.database().sql(batch);

beforeAll(async () => {
  await sql(`
CREATE TABLE dbo.t (id int NOT NULL CONSTRAINT t_pk PRIMARY KEY, n int NULL, m int NULL)
CREATE TABLE dbo.child (t int NULL CONSTRAINT child_fk REFERENCES dbo.t (id))
INSERT INTO dbo.t (id, n) VALUES (1, NULL), (2, NULL), (3, 3)`);
});

describe('an index', () => {
  it('that is unique and filtered looks only at the rows of its filter', async () => {
    await sql('CREATE UNIQUE INDEX t_n ON dbo.t (n) WHERE n IS NOT NULL');
    expect(await errorNumber(sql('INSERT INTO dbo.t (id, n) VALUES (4, 3)'))).toBe(2601);
    await sql('INSERT INTO dbo.t (id, n) VALUES (5, NULL)');
  });

  it('that is disabled refuses nothing, until REBUILD, which a duplicate stops (1505)', async () => {
    const disabled = `SELECT is_disabled AS disabled FROM sys.indexes
 WHERE object_id = OBJECT_ID(N'dbo.t') AND name = N't_n'`;
    await sql('ALTER INDEX t_n ON dbo.t DISABLE');
    expect(await sql(disabled)).toEqual([{ disabled: true }]);
    await sql('INSERT INTO dbo.t (id, n) VALUES (6, 3)');
    expect(await errorNumber(sql('ALTER INDEX t_n ON dbo.t REBUILD'))).toBe(1505);
    await sql('DELETE FROM dbo.t WHERE id = 6; ALTER INDEX t_n ON dbo.t REBUILD');
    expect(await sql(disabled)).toEqual([{ disabled: false }]);
    expect(await errorNumber(sql('INSERT INTO dbo.t (id, n) VALUES (6, 3)'))).toBe(2601);
  });

  it('keeps how it is stored: fill factor, padding, locks', async () => {
    await sql(`CREATE INDEX t_m ON dbo.t (m)
 WITH (FILLFACTOR = 70, PAD_INDEX = ON, ALLOW_ROW_LOCKS = OFF)`);
    expect(
      await sql(`SELECT fill_factor, is_padded, allow_row_locks, allow_page_locks, ignore_dup_key
  FROM sys.indexes WHERE object_id = OBJECT_ID(N'dbo.t') AND name = N't_m'`),
    ).toEqual([
      {
        ...{ fill_factor: 70, is_padded: true, ignore_dup_key: false },
        ...{ allow_row_locks: false, allow_page_locks: true },
      },
    ]);
  });

  it('is compressed by the partition (sys.partitions)', async () => {
    await sql(`
CREATE PARTITION FUNCTION packed_pf (int) AS RANGE RIGHT FOR VALUES (10, 20)
GO
CREATE PARTITION SCHEME packed_ps AS PARTITION packed_pf ALL TO ([PRIMARY])
GO
CREATE TABLE dbo.packed (id int NOT NULL, n int NULL) ON packed_ps (id)
CREATE CLUSTERED INDEX packed_id ON dbo.packed (id)
 WITH (DATA_COMPRESSION = PAGE ON PARTITIONS (2 TO 3)) ON packed_ps (id)`);
    const kinds = await sql(`SELECT data_compression AS kind FROM sys.partitions
 WHERE object_id = OBJECT_ID(N'dbo.packed') ORDER BY partition_number`);
    expect(column(kinds, 'kind')).toEqual([0, 2, 2]);
  });

  it('has a number for its kind: 5 a clustered columnstore, 6 another one', async () => {
    await sql(`
CREATE TABLE dbo.whole (id int NOT NULL, n int NULL)
CREATE CLUSTERED COLUMNSTORE INDEX whole_cci ON dbo.whole
CREATE NONCLUSTERED COLUMNSTORE INDEX t_ncci ON dbo.t (m)`);
    const rows = await sql(`SELECT name, type FROM sys.indexes
 WHERE name IN (N'whole_cci', N't_ncci') ORDER BY type`);
    expect(rows).toEqual([
      { name: 'whole_cci', type: 5 },
      { name: 't_ncci', type: 6 },
    ]);
    await sql('DROP INDEX t_ncci ON dbo.t');
  });

  it.each([
    ['CREATE INDEX t_m ON dbo.t (n)', 1913],
    ['CREATE CLUSTERED INDEX second ON dbo.t (n)', 1902],
    ['DROP INDEX t_pk ON dbo.t', 3723],
    ['DROP INDEX none ON dbo.t', 3701],
  ])('of another, of a key or of none: %s fails with %i', async (batch, number) => {
    expect(await errorNumber(sql(batch))).toBe(number);
  });

  it('of a key stays while a foreign key refers to it (3725, then 3727)', async () => {
    const drop = () => sql('ALTER TABLE dbo.t DROP CONSTRAINT t_pk');
    expect([3725, 3727]).toContain(await errorNumber(drop()));
    await sql('ALTER TABLE dbo.child DROP CONSTRAINT child_fk');
    await drop();
    const left = await sql(`SELECT name, type FROM sys.indexes
 WHERE object_id = OBJECT_ID(N'dbo.t') AND index_id < 2`);
    expect(left).toEqual([{ name: null, type: 0 }]);
  });
});
