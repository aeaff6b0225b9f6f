import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { compareFingerprints } from '../../../../src/engines/sqlserver/catalog/compare-fingerprints.js';
import { readIdentity } from '../../../../src/engines/sqlserver/catalog/identity.js';
import { nativeTable } from '../../../../src/engines/sqlserver/catalog/native.js';
import { readSchema } from '../../../../src/engines/sqlserver/catalog/read-schema.js';
import { readTables } from '../../../../src/engines/sqlserver/catalog/read-tables.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import type { MsSession } from '../../../../src/engines/sqlserver/sql-session.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import { connectionTo } from '../target-scene.js';

let server: TestMsServer;
let database: TestMsDatabase;
let session: MsSession;

const LOGIN = 'sluice_reader';
const PASSWORD = 'Read-0nly-please';
const MAY = { cdc: true, changeTracking: true };

beforeAll(async () => {
  server = await openSqlServer();
  database = await server.createDatabase('catalog');
  session = await connectMs(connectionTo(server, database.name), 'source');
});
afterAll(async () => {
  await session.close();
  await database.drop();
  await server.close();
});

async function model(table: string, schema = 'dbo'): Promise<TableModel> {
  const only = [{ schema, table }];
  const [found] = await readTables(session.query, { only, mayEnable: MAY });
  if (found === undefined) throw new Error(`${table} is not there.`);
  return found;
}

describe('reading tables', () => {
  it('gives columns, key, size and feeds', async () => {
    await database.sql(`
      CREATE TABLE dbo.orders (
        id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT PK_orders PRIMARY KEY,
        made datetime2(7) NOT NULL, price decimal(10, 2) NULL, twice AS (price * 2)
      );
      INSERT INTO dbo.orders (made, price) VALUES ('2026-01-01', 1), ('2026-01-02', 2)`);
    const found = await model('orders');
    expect(found).toMatchObject({
      columns: [
        { name: 'id', type: 'bigint', nullable: false, generated: false },
        { name: 'made', type: 'datetime2(7)', nullable: false, generated: false },
        { name: 'price', type: 'decimal(10,2)', nullable: true, generated: false },
        { name: 'twice', generated: true },
      ],
      key: ['id'],
      rowsEstimated: 2,
      feeds: ['cdc', 'changeTracking'],
    });
    expect(found.findings.map(({ code }) => code)).toEqual(['table.computed']);
    expect(nativeTable(found).columns[0]?.identity?.lastValue).toBe('2');
  });

  it('gives the size of a columnstore, whose pages are another kind', async () => {
    await database.sql(`
      CREATE TABLE dbo.facts (n int NOT NULL, INDEX cci CLUSTERED COLUMNSTORE);
      INSERT INTO dbo.facts (n) VALUES (1), (2), (3)`);
    const found = await model('facts');
    expect(found.rowsEstimated).toBe(3);
    expect(found.bytesEstimated).toBeGreaterThan(0);
  });

  it('gives the very names that are asked for, and all that users made where none is', async () => {
    await database.sql(`
      CREATE SCHEMA [s.x]
      GO
      CREATE TABLE [s.x].[a]]b / c] (id int NOT NULL PRIMARY KEY)`);
    expect((await model('a]b / c', 's.x')).name).toEqual({ schema: 's.x', table: 'a]b / c' });
    const other = [{ schema: 'dbo', table: 'ORDERS' }];
    expect(await readTables(session.query, { only: other })).toEqual([]);
    const similar = await readTables(session.query, { only: other, similar: true });
    expect(similar.map(({ name }) => name.table)).toEqual(['orders']);
    const all = await readTables(session.query);
    expect(all.map(({ name }) => `${name.schema}.${name.table}`)).toEqual(
      expect.arrayContaining(['dbo.orders', 's.x.a]b / c']),
    );
  });

  it('gives a fingerprint that changes with the columns and not with indexes', async () => {
    await database.sql('CREATE TABLE dbo.printed (id int NOT NULL PRIMARY KEY, a int NULL)');
    const { fingerprint } = await model('printed');
    await database.sql('CREATE INDEX IX ON dbo.printed (a)');
    const verdict = async () =>
      compareFingerprints(fingerprint, (await model('printed')).fingerprint);
    expect((await verdict()).action).toBe('none');
    await database.sql("EXEC sp_rename N'dbo.printed.a', N'b', N'COLUMN'");
    expect((await verdict()).renamed).toEqual([{ from: 'a', to: 'b' }]);
    await database.sql('ALTER TABLE dbo.printed ALTER COLUMN b bigint NULL');
    expect((await verdict()).reason).toBe('the type of column b changed');
    await database.sql(`DROP TABLE dbo.printed
      CREATE TABLE dbo.printed (id int NOT NULL PRIMARY KEY, a int NULL)`);
    expect((await verdict()).reason).toBe('the source table was re-created');
  });

  it('reads partitions with their boundaries as text that loses nothing', async () => {
    await database.sql(`
      CREATE PARTITION FUNCTION pf_moment (datetime2(7)) AS RANGE LEFT
        FOR VALUES ('2026-01-01T00:00:00.1234567', '2026-02-01');
      GO
      CREATE PARTITION SCHEME ps_moment AS PARTITION pf_moment ALL TO ([PRIMARY]);
      GO
      CREATE TABLE dbo.moments (at datetime2(7) NOT NULL) ON ps_moment (at)`);
    const [scheme] = nativeTable(await model('moments')).parts.schemes;
    expect(scheme?.function).toMatchObject({
      isRight: false,
      boundaries: [
        expect.stringContaining('2026-01-01T00:00:00.1234567') as unknown,
        expect.stringContaining('2026-02-01T00:00:00') as unknown,
      ],
    });
    expect(scheme?.filegroups).toEqual(['PRIMARY', 'PRIMARY', 'PRIMARY']);
  });
});

describe('reading the whole schema', () => {
  it('gives views and routines with what they need, and sequences', async () => {
    await database.sql(`
      CREATE SEQUENCE dbo.numbers AS int START WITH 5
      GO
      CREATE VIEW dbo.seen AS SELECT id FROM dbo.orders
      GO
      CREATE PROCEDURE dbo.shown AS SELECT id FROM dbo.seen`);
    const schema = await readSchema(session.query);
    expect(schema.sequences).toMatchObject([{ name: 'numbers', start: '5', increment: '1' }]);
    const ids = new Map(schema.modules.map(({ name, id }) => [name, id]));
    const inOrder = schema.dependencies.inOrder([ids.get('shown') ?? 0, ids.get('seen') ?? 0]);
    expect(inOrder).toEqual([ids.get('seen'), ids.get('shown')]);
  });
});

describe('the identity of a database', () => {
  it('is the same for every login and another one for another database', async () => {
    const again = await connectMs(connectionTo(server, database.name), 'target');
    const other = await server.createDatabase('other');
    const elsewhere = await connectMs(connectionTo(server, other.name), 'target');
    const [first, second, third] = await Promise.all(
      [session, again, elsewhere].map(async ({ query }) => readIdentity(query)),
    );
    await Promise.all([again.close(), elsewhere.close()]);
    expect(second).toEqual(first);
    expect(third?.database).not.toBe(first?.database);
    expect(third?.lineage).not.toBe(first?.lineage);
  });
});

describe('a login with few rights', () => {
  it('11.5: is told what it cannot see, with the GRANT that mends it', async () => {
    await database.sql(`
      CREATE TABLE dbo.hidden (id int NOT NULL PRIMARY KEY, n int NOT NULL CONSTRAINT DF_n DEFAULT (1));
      CREATE TABLE dbo.unreadable (id int NOT NULL PRIMARY KEY)
      GO
      CREATE LOGIN ${LOGIN} WITH PASSWORD = '${PASSWORD}'
      GO
      CREATE USER ${LOGIN} FOR LOGIN ${LOGIN}
      GO
      GRANT SELECT ON dbo.hidden TO ${LOGIN}
      GRANT VIEW DEFINITION ON dbo.unreadable TO ${LOGIN}`);
    const connection = connectionTo(server, database.name);
    const reader = await connectMs(
      { ...connection, user: LOGIN, password: () => PASSWORD },
      'source',
    );
    const tables = await readTables(reader.query);
    await reader.close();
    const findings = tables.flatMap((table) => table.findings);
    expect(findings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'table.view-definition dbo.hidden',
      'table.select dbo.unreadable',
    ]);
    expect(findings[1]?.remedy).toBe('Run: GRANT SELECT ON [dbo].[unreadable] TO <login>');
  });
});
