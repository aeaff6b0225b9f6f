/**
 * What the reset of a connection leaves: a flag of its next request, set by the driver's `reset`. In
 * Microsoft's documentation: "[MS-TDS]: Tabular Data Stream Protocol", 2.2.3.1.2 "Status",
 * RESETCONNECTION: as after a new login, but for the isolation level.
 */
import { Connection, ISOLATION_LEVEL, Request } from 'tedious';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MsRow } from '../../support/sqlserver/server.js';
import type { Sql } from './probe.js';
import { errorNumber, probe } from './probe.js';

const server = probe('reset');

beforeAll(async () => {
  await server.database().sql('CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY)');
});

describe('a connection that was reset', () => {
  it('leaves no #temp table and no setting', async () => {
    await onConnection(async (sql, reset) => {
      const timeout = () => sql('SELECT @@LOCK_TIMEOUT AS ms');
      await sql('CREATE TABLE #mine (n int); SET LOCK_TIMEOUT 5');
      expect(await sql('SELECT n FROM #mine')).toEqual([]);
      expect(await timeout()).toEqual([{ ms: 5 }]);
      await reset();
      expect(await errorNumber(sql('SELECT n FROM #mine'))).toBe(208);
      expect(await timeout()).toEqual([{ ms: -1 }]);
    });
  });

  // The flag alone need not change it: the driver sends the level of its configuration with it.
  it('has the level that the driver asks for anew', async () => {
    await onConnection(async (sql, reset) => {
      const read = () => sql('BEGIN TRAN; SELECT id FROM dbo.t');
      await sql('SET TRANSACTION ISOLATION LEVEL SNAPSHOT');
      expect(await errorNumber(read())).toBe(3952);
      await sql('IF @@TRANCOUNT > 0 ROLLBACK');
      await reset();
      expect(await read()).toEqual([]);
    });
  });
});

async function onConnection(
  work: (sql: Sql, reset: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { name, server: at } = server.database();
  const connection = new Connection({
    server: at.host,
    authentication: { type: 'default', options: { userName: at.user, password: at.password } },
    options: {
      port: at.port,
      database: name,
      encrypt: at.standIn === null,
      trustServerCertificate: true,
      connectionIsolationLevel: ISOLATION_LEVEL.READ_COMMITTED ?? 2,
    },
  });
  await ended((done) => connection.connect(done));
  try {
    await work(
      (batch) => send(connection, batch),
      () => ended((done) => connection.reset(done)),
    );
  } finally {
    connection.close();
  }
}

type Done = (error?: Error | null) => void;

function ended(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}

interface Cell {
  readonly value: unknown;
  readonly metadata: { readonly colName: string };
}

async function send(connection: Connection, batch: string): Promise<MsRow[]> {
  const rows: MsRow[] = [];
  await ended((done) => {
    const request = new Request(batch, done);
    request.on('row', (cells: readonly Cell[]) => {
      rows.push(Object.fromEntries(cells.map(({ value, metadata }) => [metadata.colName, value])));
    });
    connection.execSqlBatch(request);
  });
  return rows;
}
