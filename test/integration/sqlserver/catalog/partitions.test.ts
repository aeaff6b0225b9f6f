import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';

let server: TestMsServer;
let db: TestMsDatabase;

beforeAll(async () => {
  server = await openSqlServer();
  db = await server.createDatabase('partitions');
  await db.sql(`
    CREATE PARTITION FUNCTION pf (int) AS RANGE RIGHT FOR VALUES (20250206, 20250207)
    GO
    CREATE PARTITION SCHEME ps AS PARTITION pf ALL TO ([PRIMARY])
    GO
    CREATE TABLE Sales (id int NOT NULL, d int NOT NULL, v nvarchar(20) NULL,
      CONSTRAINT pk_sales PRIMARY KEY (id, d)) ON ps(d)
    INSERT INTO Sales VALUES (1, 20250101, N'a'), (2, 20250206, N'b'), (3, 20250207, N'c'), (4, 20250301, N'd')`);
});
afterAll(async () => server.close());

const number = (n: number) => expect.objectContaining({ number: n }) as Error;

const rowsOf = async (table: string) =>
  (
    await db.sql(`SELECT p.partition_number AS n, p.rows FROM sys.partitions AS p
      WHERE p.object_id = OBJECT_ID(N'${table}') AND p.index_id IN (0, 1) ORDER BY p.partition_number`)
  ).map(({ rows }) => Number(rows));

const stage = (name: string, check: string | null) => `
  CREATE TABLE ${name} (id int NOT NULL, d int NOT NULL, v nvarchar(20) NULL, CONSTRAINT pk_${name} PRIMARY KEY (id, d))
  ${check === null ? '' : `ALTER TABLE ${name} WITH CHECK ADD CONSTRAINT ck_${name} CHECK (${check})`}`;

describe('partitions', () => {
  it('hold the rows between their boundaries', async () => {
    expect(await rowsOf('Sales')).toEqual([1, 1, 2]);
    expect(
      await db.sql(
        'SELECT $PARTITION.pf(20250206) AS a, $PARTITION.pf(0) AS b, $PARTITION.pf(d) AS c FROM Sales WHERE id = 4',
      ),
    ).toEqual([{ a: 2, b: 1, c: 3 }]);
  });

  it('show their bounds in the catalog', async () => {
    const rows =
      await db.sql(`SELECT p.partition_number AS n, CONVERT(nvarchar(20), lo.value) AS lo, CONVERT(nvarchar(20), hi.value) AS hi, fg.name AS fg
      FROM sys.indexes AS i
      JOIN sys.partition_schemes AS ps ON ps.data_space_id = i.data_space_id
      JOIN sys.partition_functions AS pf ON pf.function_id = ps.function_id
      JOIN sys.partitions AS p ON p.object_id = i.object_id AND p.index_id = i.index_id
      JOIN sys.destination_data_spaces AS d ON d.partition_scheme_id = ps.data_space_id AND d.destination_id = p.partition_number
      JOIN sys.filegroups AS fg ON fg.data_space_id = d.data_space_id
      LEFT JOIN sys.partition_range_values AS hi ON hi.function_id = pf.function_id AND hi.boundary_id = p.partition_number
      LEFT JOIN sys.partition_range_values AS lo ON lo.function_id = pf.function_id AND lo.boundary_id = p.partition_number - 1
      WHERE i.object_id = OBJECT_ID(N'Sales') AND i.index_id IN (0, 1) ORDER BY p.partition_number`);
    expect(rows).toEqual([
      { n: 1, lo: null, hi: '20250206', fg: 'PRIMARY' },
      { n: 2, lo: '20250206', hi: '20250207', fg: 'PRIMARY' },
      { n: 3, lo: '20250207', hi: null, fg: 'PRIMARY' },
    ]);
  });

  it('split once for each NEXT USED, and merge', async () => {
    await db.sql('ALTER PARTITION FUNCTION pf() SPLIT RANGE (20250208)');
    expect(await rowsOf('Sales')).toEqual([1, 1, 1, 1]);
    await expect(db.sql('ALTER PARTITION FUNCTION pf() SPLIT RANGE (20250209)')).rejects.toThrow(
      number(7710),
    );
    await db.sql('ALTER PARTITION SCHEME ps NEXT USED [PRIMARY]');
    await expect(db.sql('ALTER PARTITION FUNCTION pf() SPLIT RANGE (20250208)')).rejects.toThrow(
      number(7708),
    );
    await expect(db.sql('ALTER PARTITION FUNCTION pf() MERGE RANGE (20250210)')).rejects.toThrow(
      number(7715),
    );
    await db.sql('ALTER PARTITION FUNCTION pf() MERGE RANGE (20250208)');
    expect(await rowsOf('Sales')).toEqual([1, 1, 2]);
  });

  it('are truncated one by one', async () => {
    await db.sql(`CREATE TABLE Cut (id int NOT NULL, d int NOT NULL) ON ps(d)
      INSERT INTO Cut VALUES (1, 1), (2, 20250206), (3, 20250207)
      TRUNCATE TABLE Cut WITH (PARTITIONS (1, 3 TO 3))`);
    expect(await rowsOf('Cut')).toEqual([0, 1, 0]);
    await expect(db.sql('TRUNCATE TABLE Cut WITH (PARTITIONS (4))')).rejects.toThrow(number(7722));
  });
});

describe('SWITCH', () => {
  it('moves the rows of a table that proves its range, together with a TRUNCATE', async () => {
    await db.sql(
      `${stage('S1', 'd >= 20250206 AND d < 20250207')} INSERT INTO S1 VALUES (20, 20250206, N'new')`,
    );
    await expect(db.sql('ALTER TABLE S1 SWITCH TO Sales PARTITION 2')).rejects.toThrow(
      number(4904),
    );
    await db.session(async (sql) => {
      await sql('SET XACT_ABORT ON');
      await sql(
        'BEGIN TRAN; TRUNCATE TABLE Sales WITH (PARTITIONS (2)); ALTER TABLE S1 SWITCH TO Sales PARTITION 2; COMMIT',
      );
    });
    expect(await db.sql('SELECT id, v FROM Sales WHERE $PARTITION.pf(d) = 2')).toEqual([
      { id: 20, v: 'new' },
    ]);
    expect(await db.sql('SELECT * FROM S1')).toEqual([]);
    await db.sql('ALTER TABLE Sales SWITCH PARTITION 2 TO S1');
    expect(await rowsOf('S1')).toEqual([1]);
    expect(await rowsOf('Sales')).toEqual([1, 0, 2]);
  });

  const refused: readonly (readonly [number, string, string])[] = [
    [4982, 'no check', stage('R1', null)],
    [4982, 'too wide a check', stage('R2', 'd >= 20250206 AND d <= 20250207')],
    [4913, 'a heap', 'CREATE TABLE R3 (id int NOT NULL, d int NOT NULL, v nvarchar(20) NULL)'],
    [
      4943,
      'fewer columns',
      'CREATE TABLE R4 (id int NOT NULL, d int NOT NULL, PRIMARY KEY (id, d))',
    ],
    [
      4944,
      'another type',
      'CREATE TABLE R5 (id int NOT NULL, d int NOT NULL, v nvarchar(21) NULL, PRIMARY KEY (id, d))',
    ],
    [
      4942,
      'another name',
      'CREATE TABLE R6 (id int NOT NULL, d int NOT NULL, w nvarchar(20) NULL, PRIMARY KEY (id, d))',
    ],
    [
      4985,
      'other NULLs',
      'CREATE TABLE R7 (id int NOT NULL, d int NOT NULL, v nvarchar(20) NOT NULL, PRIMARY KEY (id, d))',
    ],
    [
      11406,
      'other compression',
      'CREATE TABLE R8 (id int NOT NULL, d int NOT NULL, v nvarchar(20) NULL, PRIMARY KEY (id, d) WITH (DATA_COMPRESSION = PAGE))',
    ],
    [
      4967,
      'a referenced key',
      `${stage('R9', 'd >= 20250206 AND d < 20250207')} CREATE TABLE R9x (a int, b int, FOREIGN KEY (a, b) REFERENCES R9 (id, d))`,
    ],
  ];
  it.each(refused)('is refused with %i for %s', async (error, _why, make) => {
    const name = /CREATE TABLE (\w+)/.exec(make)?.[1] ?? '';
    await db.sql(make);
    await expect(db.sql(`ALTER TABLE ${name} SWITCH TO Sales PARTITION 2`)).rejects.toThrow(
      number(error),
    );
  });

  it('wants partition numbers, tables that exist and are empty, and no Change Tracking', async () => {
    await expect(db.sql('ALTER TABLE S1 SWITCH TO Sales')).rejects.toThrow(number(4911));
    await expect(db.sql('ALTER TABLE S1 SWITCH TO Sales PARTITION 9')).rejects.toThrow(
      number(4950),
    );
    await expect(db.sql('ALTER TABLE S1 SWITCH TO Nothing')).rejects.toThrow(number(1088));
    await db.sql(
      `${stage('Full1', null)} ${stage('Full2', null)} INSERT INTO Full2 VALUES (1, 1, NULL)`,
    );
    await expect(db.sql('ALTER TABLE Full1 SWITCH TO Full2')).rejects.toThrow(number(4905));
    await db.sql(
      'ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON ALTER TABLE Full1 ENABLE CHANGE_TRACKING',
    );
    await expect(db.sql('ALTER TABLE Full2 SWITCH TO Full1')).rejects.toThrow(number(4900));
  });

  it('does not trust a check that was added WITH NOCHECK', async () => {
    await db.sql(
      `${stage('Loose', null)} ALTER TABLE Loose WITH NOCHECK ADD CONSTRAINT ck_loose CHECK (d >= 20250206 AND d < 20250207)`,
    );
    await expect(db.sql('ALTER TABLE Loose SWITCH TO Sales PARTITION 2')).rejects.toThrow(
      number(4982),
    );
    await db.sql(
      'ALTER TABLE Loose WITH CHECK CHECK CONSTRAINT ck_loose ALTER TABLE Loose SWITCH TO Sales PARTITION 2',
    );
  });
});
