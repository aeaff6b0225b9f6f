import tedious from 'tedious';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';

let server: TestMsServer;
let db: TestMsDatabase;

beforeAll(async () => {
  server = await openSqlServer();
  db = await server.createDatabase('trust');
});
afterAll(async () => server.close());

/** A bulk load of one column, as the driver does it. */
async function load(table: string, values: readonly number[], checkConstraints: boolean) {
  const { Connection, TYPES } = tedious;
  const connection = new Connection({
    server: server.host,
    authentication: {
      type: 'default',
      options: { userName: server.user, password: server.password },
    },
    options: {
      port: server.port,
      database: db.name,
      encrypt: server.standIn === null,
      trustServerCertificate: true,
    },
  });
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error === undefined ? resolve() : reject(error)));
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const bulk = connection.newBulkLoad(table, { checkConstraints }, (error) =>
        error == null ? resolve() : reject(error),
      );
      bulk.addColumn('a', TYPES.Int, { nullable: true });
      connection.execBulkLoad(
        bulk,
        values.map((value) => [value]),
      );
    });
  } finally {
    connection.close();
  }
}

const trusted = async (table: string) =>
  db.sql(
    `SELECT is_not_trusted FROM sys.check_constraints WHERE parent_object_id = OBJECT_ID('${table}')`,
  );

describe('a check', () => {
  it('is not trusted after a load that did not look at it', async () => {
    await db.sql('CREATE TABLE Loaded (a int NULL CHECK (a > 0))');
    await load('Loaded', [1], true);
    expect(await trusted('Loaded')).toEqual([{ is_not_trusted: false }]);
    await expect(load('Loaded', [-1], true)).rejects.toMatchObject({ number: 547 });
    await load('Loaded', [-1], false);
    expect(await trusted('Loaded')).toEqual([{ is_not_trusted: true }]);
    await expect(
      db.sql('ALTER TABLE Loaded WITH CHECK CHECK CONSTRAINT ALL'),
    ).rejects.toMatchObject({ number: 547 });
  });
});
