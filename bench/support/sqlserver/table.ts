/** The table of the SQL Server benchmarks: eight columns of mixed types, about 130 bytes a row. */
import type { BenchSqlServer } from './server.js';

export const TABLE = { schema: 'dbo', table: 'items' };

export const COLUMNS = ['id', 'n', 'code', 'price', 'note', 'at', 'live', 'guid'] as const;

/** What bare texts are cast to, column by column. */
export const TYPES = [
  'bigint',
  'int',
  'varchar(20)',
  'decimal(12, 2)',
  'nvarchar(100)',
  'datetime2(3)',
  'bit',
  'uniqueidentifier',
] as const;

/** Rows after these hold the same values again, under ids of their own. */
const DIFFERENT_ROWS = 1_000;

export async function createTable(server: BenchSqlServer, database: string): Promise<void> {
  const columns = COLUMNS.map((name, n) => `${name} ${TYPES[n] ?? ''} NOT NULL`);
  await server.sql(
    database,
    `CREATE TABLE dbo.items (${columns.join(', ')}, CONSTRAINT pk_items PRIMARY KEY (id))`,
  );
}

/** Rows 1 to `rows`; each statement doubles them, so that it is quick on any server. */
export async function fillTable(
  server: BenchSqlServer,
  database: string,
  rows: number,
): Promise<void> {
  await server.sql(database, `INSERT INTO dbo.items ${FIRST} WHERE s.g <= ${String(rows)}`);
  for (let there = DIFFERENT_ROWS; there < rows; there *= 2) {
    const most = Math.min(there, rows - there);
    await server.sql(database, copyRowsSql(`id <= ${String(most)}`, there));
  }
}

/** Give rows of the table other ids. */
export function copyRowsSql(which: string, further: number): string {
  const others = COLUMNS.slice(1).join(', ');
  return `INSERT INTO dbo.items SELECT id + ${String(further)}, ${others} FROM dbo.items WHERE ${which}`;
}

const DIGITS = '(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))';
const FIRST = `SELECT s.g, s.g % 100, CONCAT('code-', s.g), CONVERT(decimal(12, 2), s.g) / 100,
       CONCAT(N'Straße ', s.g, N', Zürich – item ', s.g),
       DATEADD(second, s.g, CONVERT(datetime2(3), '2024-01-01')), s.g % 2,
       CONVERT(uniqueidentifier, CONCAT('6F9619FF-8B86-D011-B42D-', 100000000000 + s.g))
  FROM (SELECT x.d * 100 + y.d * 10 + z.d + 1 AS g
          FROM ${DIGITS} AS x (d) CROSS JOIN ${DIGITS} AS y (d) CROSS JOIN ${DIGITS} AS z (d)) AS s`;

export interface ItemRow {
  readonly id: number;
  readonly n: number;
  readonly code: string;
  readonly price: number;
  readonly note: string;
  readonly at: Date;
  readonly live: boolean;
  readonly guid: string;
}

/** The same row for the driver. */
export function rowOf(id: number): ItemRow {
  const g = ((id - 1) % DIFFERENT_ROWS) + 1;
  const no = String(g);
  return {
    id,
    n: g % 100,
    code: `code-${no}`,
    price: g / 100,
    note: `Straße ${no}, Zürich – item ${no}`,
    at: new Date(Date.UTC(2024, 0, 1) + g * 1000),
    live: g % 2 === 1,
    guid: `6F9619FF-8B86-D011-B42D-${String(100_000_000_000 + g)}`,
  };
}

/** Rows that Change Data Capture has of the one table that it follows. */
export async function capturedRows(server: BenchSqlServer, database: string): Promise<number> {
  const [made] = await server.sql(database, 'SELECT capture_instance FROM cdc.change_tables');
  const table = `cdc.[${String(made?.capture_instance)}_CT]`;
  const [row] = await server.sql(database, `SELECT COUNT(*) AS n FROM ${table}`);
  return Number(row?.n);
}

/** The same rows give the same text. */
export async function tableSums(server: BenchSqlServer, database: string): Promise<string> {
  const [sums] = await server.sql(
    database,
    `SELECT COUNT(*) AS row_count, SUM(id) AS ids, SUM(CONVERT(bigint, n)) AS ns,
            CONVERT(varchar(40), SUM(price)) AS prices,
            SUM(CONVERT(bigint, DATEDIFF(second, '2024-01-01', at))) AS times,
            SUM(CONVERT(bigint, LEN(note) + LEN(code))) AS lengths,
            SUM(CONVERT(int, live)) AS lives, MAX(CONVERT(varchar(36), guid)) AS guid
       FROM dbo.items`,
  );
  return JSON.stringify(sums);
}
