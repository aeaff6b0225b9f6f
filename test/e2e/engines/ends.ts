/** A database at one end of a pipeline, of either engine, with the same tables and the same words. */
import { startPostgres } from '../../../src/local/postgres-server.js';
import { createDatabase } from '../../support/postgres.js';
import { databaseOf, openSqlServer } from '../../support/sqlserver/server.js';
import type { MsRow, TestMsDatabase } from '../../support/sqlserver/server.js';
import { createLeastLogin } from './least-rights.js';

export type Kind = 'sqlserver' | 'postgres';

export interface End {
  readonly kind: Kind;
  readonly url: string;
  /** One line of the configuration's connections. */
  connection(name: string, variable: string): string;
  sql(script: string): Promise<readonly MsRow[]>;
  /** Several statements on one session. */
  session<T>(work: (sql: (batch: string) => Promise<unknown>) => Promise<T>): Promise<T>;
  /** Every row of a table as one text, the same from both engines where the rows are. */
  lines(table: TableName): Promise<string[]>;
  /** With least rights on a source: a DBA switches the feed on once the tables are there. */
  follow(feed: 'cdc' | 'changeTracking'): Promise<void>;
  close(): Promise<void>;
}

export type TableName = 'items' | 'lines';

/** The first lines of a configuration: both ends, and the pipeline shop, whose keys follow. */
export function shopLines(source: End, target: End): string[] {
  return [
    'version: 1',
    'connections:',
    source.connection('from', 'SOURCE_URL'),
    target.connection('to', 'TARGET_URL'),
    'pipelines:',
    '  shop:',
  ];
}

/** The tables in each dialect. Names and values are chosen so that both can say them. */
export const TABLES: Readonly<Record<Kind, string>> = {
  sqlserver: `
    CREATE TABLE dbo.items (
      id bigint NOT NULL CONSTRAINT pk_items PRIMARY KEY, name nvarchar(100) NULL,
      amount decimal(19, 4) NULL, at datetime2(6) NULL, flag bit NULL, data varbinary(max) NULL,
      uid uniqueidentifier NULL, note nvarchar(max) NULL);
    CREATE INDEX ix_items_name ON dbo.items (name);
    CREATE TABLE dbo.lines (
      item bigint NOT NULL, n int NOT NULL, text nvarchar(40) NULL,
      CONSTRAINT pk_lines PRIMARY KEY (item, n));`,
  postgres: `
    CREATE TABLE dbo.items (
      id bigint PRIMARY KEY, name varchar(100), amount numeric(19, 4), at timestamp(6),
      flag boolean, data bytea, uid uuid, note text);
    CREATE INDEX ix_items_name ON dbo.items (name);
    CREATE TABLE dbo.lines (
      item bigint NOT NULL, n int NOT NULL, text varchar(40), PRIMARY KEY (item, n));`,
};

const LINES: Readonly<Record<Kind, Readonly<Record<TableName, string>>>> = {
  sqlserver: {
    items: `SELECT CONCAT(id, N'|', ISNULL(name, N'~'), N'|', ISNULL(CONVERT(nvarchar(40), amount), N'~'),
      N'|', ISNULL(CONVERT(nvarchar(40), at, 121), N'~'), N'|', ISNULL(CONVERT(nvarchar(1), flag), N'~'),
      N'|', ISNULL(CONVERT(nvarchar(max), data, 2), N'~'), N'|',
      ISNULL(CONVERT(nvarchar(36), uid), N'~'), N'|', ISNULL(note, N'~')) AS line FROM dbo.items`,
    lines: `SELECT CONCAT(item, N'|', n, N'|', ISNULL(text, N'~')) AS line FROM dbo.lines`,
  },
  postgres: {
    items: `SELECT concat(id, '|', coalesce(name, '~'), '|', coalesce(amount::text, '~'), '|',
      coalesce(to_char(at, 'YYYY-MM-DD HH24:MI:SS.US'), '~'), '|', coalesce(flag::int::text, '~'),
      '|', coalesce(upper(encode(data, 'hex')), '~'), '|', coalesce(upper(uid::text), '~'), '|',
      coalesce(note, '~')) AS line FROM dbo.items`,
    lines: `SELECT concat(item, '|', n, '|', coalesce(text, '~')) AS line FROM dbo.lines`,
  },
};

/** Rows `from` to `to` of the items, and two lines of each. */
export function insertItems(kind: Kind, from: number, to: number): string {
  const rows = Array.from({ length: to - from + 1 }, (_, n) => from + n);
  const items = rows.map((id) => itemValues(kind, id)).join(', ');
  const lines = rows.map((id) => `(${id}, 1, 'a'), (${id}, 2, NULL)`).join(', ');
  return `INSERT INTO dbo.items VALUES ${items};\nINSERT INTO dbo.lines VALUES ${lines};`;
}

function itemValues(kind: Kind, id: number): string {
  const text = kind === 'sqlserver' ? `N'Straße ${id} ☃'` : `'Straße ${id} ☃'`;
  const bytes = (id * 7919).toString(16).padStart(8, '0');
  const data = kind === 'sqlserver' ? `0x${bytes}` : `'\\x${bytes}'`;
  const flag = kind === 'sqlserver' ? String(id % 2) : String(id % 2 === 1);
  const uid = `'6F9619FF-8B86-D011-B42D-00C0${String(id).padStart(8, '0')}'`;
  const minute = String(id % 60).padStart(2, '0');
  return id % 10 === 0
    ? `(${id}, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`
    : `(${id}, ${text}, ${id}.0625, '2026-01-02 03:${minute}:05.123456', ${flag}, ${data}, ${uid}, '')`;
}

type Role = 'source' | 'target';

/** @param least Sluice works as a login with the rights that the documentation lists */
export async function openEnd(kind: Kind, role: Role, least: boolean): Promise<End> {
  return kind === 'sqlserver' ? openMs(role, least) : openPg(role);
}

async function openMs(role: Role, least: boolean): Promise<End> {
  const server = await openSqlServer(role);
  const database: TestMsDatabase =
    role === 'source' || least
      ? await server.createDatabase('shop')
      : databaseOf(server, `copy ${String(Date.now())}`);
  const login = least ? await createLeastLogin(database, role) : null;
  const tls = server.standIn === null ? 'trustServerCertificate: true' : 'tls: { mode: disable }';
  return {
    kind: 'sqlserver',
    url: login?.url ?? database.url,
    connection: (name, variable) =>
      `  ${name}: { engine: sqlserver, url: "\${${variable}}", ${tls} }`,
    sql: (script) => database.sql(script),
    session: (work) => database.session(work),
    lines: async (table) => sorted(await database.sql(LINES.sqlserver[table])),
    follow: async (feed) => login?.follow(feed),
    close: async () => {
      await login?.drop();
      await server.close();
    },
  };
}

async function openPg(role: Role): Promise<End> {
  const server = await startPostgres({ version: '18' });
  const database = await createDatabase(server, role);
  if (role === 'source') await database.query('CREATE SCHEMA dbo');
  return {
    kind: 'postgres',
    url: database.url,
    connection: (name, variable) =>
      `  ${name}: { engine: postgres, url: "\${${variable}}", tls: { mode: disable } }`,
    sql: (script) => database.query(script),
    session: async (work) => {
      const session = await database.connect();
      return work((sql) => session.query(sql));
    },
    lines: async (table) => sorted(await database.query(LINES.postgres[table])),
    follow: () => Promise.resolve(),
    close: () => server.remove(),
  };
}

function sorted(rows: readonly MsRow[]): string[] {
  return rows.map((row) => String(row.line)).sort();
}
