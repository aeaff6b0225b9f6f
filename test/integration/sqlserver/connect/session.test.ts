import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import type { MsSession } from '../../../../src/engines/sqlserver/sql-session.js';
import { param } from '../../../../src/engines/sqlserver/sql-session.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import { connectionTo } from './connection-to.js';

let server: TestMsServer;
let database: TestMsDatabase;
let session: MsSession;

beforeAll(async () => {
  server = await openSqlServer();
  database = await server.createDatabase('session');
  await database.sql(`
CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, name nvarchar(50) NULL)
GO
INSERT INTO dbo.t (id, name) VALUES (1, N'one'), (2, N'two'), (3, NULL)`);
});

afterAll(async () => {
  await database.drop();
  await server.close();
});

function connection() {
  const { host, port, user, password, standIn } = server;
  return connectionTo(port, {
    host,
    database: database.name,
    user,
    password: () => password,
    tls: { mode: standIn === null ? 'require' : 'disable' },
  });
}

beforeEach(async () => {
  session = await connectMs(connection(), 'target');
});

afterEach(async () => session.close());

async function* rowsOf(rows: readonly (readonly unknown[])[]) {
  for (const row of rows) yield await Promise.resolve([row]);
}

describe('a session', () => {
  it('brings parameters of every type to the server and back', async () => {
    const bytes = Buffer.from([0, 1, 255]);
    const uuid = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const [row] = await session.query(
      `SELECT @flag AS flag, @n AS n, @big AS big, @x AS x, @text AS text, @bytes AS bytes,
              @id AS id, CONVERT(varchar(27), @at, 121) AS at, @none AS none`,
      [
        param.bit('flag', true),
        param.int('n', -7),
        param.bigint('big', '9223372036854775807'),
        param.float('x', 0.1),
        param.nvarchar('text', 'naïve 😀'),
        param.varbinary('bytes', bytes),
        param.uniqueidentifier('id', uuid),
        param.datetime2('at', '2026-07-01 10:11:12.1234567'),
        param.nvarchar('none', null),
      ],
    );
    expect(row).toEqual({
      flag: true,
      n: -7,
      big: '9223372036854775807',
      x: 0.1,
      text: 'naïve 😀',
      bytes,
      id: uuid,
      at: '2026-07-01 10:11:12.1234567',
      none: null,
    });
  });

  it('gives the rows of the first result set', async () => {
    const rows = await session.query('SELECT id FROM dbo.t ORDER BY id; SELECT name FROM dbo.t');
    expect(rows).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  it('8.4: refuses a number that the driver would round, before any row', async () => {
    const lossy = session.query('SELECT CONVERT(decimal(18, 4), 1) AS price');
    await expect(lossy).rejects.toMatchObject({ code: 'TYPE_UNSUPPORTED' });
    expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('keeps a #temp table that a batch made, and sees it in statements', async () => {
    await session.batch('CREATE TABLE #kept (a int NOT NULL)');
    await session.query('INSERT INTO #kept (a) VALUES (@a)', [param.int('a', 5)]);
    expect(await session.query('SELECT a FROM #kept')).toEqual([{ a: 5 }]);
  });

  it('rolls back all of a transaction whose work throws, and hands on what it threw', async () => {
    const thrown = new Error('mine');
    const work = session.transaction(async (query) => {
      await query(`UPDATE dbo.t SET name = N'changed'`);
      expect(session.inTransaction()).toBe(true);
      throw thrown;
    });
    await expect(work).rejects.toBe(thrown);
    expect(session.inTransaction()).toBe(false);
    const rows = await session.query(`SELECT id FROM dbo.t WHERE name = N'changed'`);
    expect(rows).toEqual([]);
  });

  it('is not left in a transaction that the server ended', async () => {
    const work = session.transaction(async (query) => {
      await query(`INSERT INTO dbo.t (id) VALUES (4)`);
      await query(`INSERT INTO dbo.t (id) VALUES (4)`);
    });
    await expect(work).rejects.toMatchObject({ code: 'ROW_REJECTED', vendorCode: '2627' });
    expect(session.inTransaction()).toBe(false);
    expect(await session.query('SELECT id FROM dbo.t WHERE id = 4')).toEqual([]);
  });

  it('lets no work go on after the server ended its transaction', async () => {
    const work = session.transaction(async (query) => {
      await query(`INSERT INTO dbo.t (id) VALUES (5)`);
      await query(`INSERT INTO dbo.t (id) VALUES (5)`).catch(() => undefined);
      await query(`INSERT INTO dbo.t (id) VALUES (6)`);
    });
    await expect(work).rejects.toMatchObject({ code: 'UNEXPECTED' });
    expect(await session.query('SELECT id FROM dbo.t WHERE id IN (5, 6)')).toEqual([]);
  });

  it('streams rows and is free again when the loop is left early', async () => {
    const sql = `SELECT a.id, b.id, c.id FROM dbo.t AS a CROSS JOIN dbo.t AS b CROSS JOIN dbo.t AS c`;
    let seen = 0;
    for await (const row of session.stream(sql)) {
      expect(row).toHaveLength(3);
      seen += 1;
      if (seen === 5) break;
    }
    let all = 0;
    for await (const _row of session.stream(sql)) all += 1;
    expect(all).toBe(27);
  });

  it('8.4: refuses to stream what the driver would read with loss', async () => {
    const stream = session.stream(`SELECT CONVERT(datetime2(7), '2026-01-01') AS at`);
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'TYPE_UNSUPPORTED',
    });
    expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('loads rows in bulk', async () => {
    await session.batch(
      'CREATE TABLE #load (n bigint NULL, text nvarchar(max) NULL, bytes varbinary(max) NULL, x float NULL)',
    );
    const rows = [
      ['9223372036854775807', 'ž'.repeat(10_000), Buffer.alloc(10_000, 7), 0.1],
      [null, null, null, null],
      ['-1', '', Buffer.alloc(0), -0.5],
    ];
    const count = await session.bulkLoad(
      '#load',
      [
        { name: 'n', type: 'bigint', nullable: true },
        { name: 'text', type: 'nvarchar', length: 'max', nullable: true },
        { name: 'bytes', type: 'varbinary', length: 'max', nullable: true },
        { name: 'x', type: 'float', nullable: true },
      ],
      rowsOf(rows),
    );
    expect(count).toBe(3);
    const stored = await session.query('SELECT n, text, bytes, x FROM #load');
    expect(stored.map((row) => Object.values(row))).toEqual(rows);
  });

  it('loads nothing where there is no row', async () => {
    await session.batch('CREATE TABLE #none (n int NULL)');
    const columns = [{ name: 'n', type: 'int', nullable: true }] as const;
    expect(await session.bulkLoad('#none', columns, rowsOf([]))).toBe(0);
    expect(await session.query('SELECT COUNT(*) AS n FROM #none')).toEqual([{ n: 0 }]);
  });

  it('fails a load with what broke its source, and goes on', async () => {
    await session.batch('CREATE TABLE #load (n int NULL)');
    const broken = async function* () {
      yield [[1]];
      throw new Error('the source broke');
    };
    const columns = [{ name: 'n', type: 'int', nullable: true }] as const;
    const load = session.bulkLoad('#load', columns, broken());
    await expect(load).rejects.toMatchObject({ code: 'UNEXPECTED' });
    expect(await session.query('SELECT n FROM #load')).toEqual([]);
  });

  it('8.5: ends a statement that takes longer than it may', async () => {
    const hurried = await connectMs(connection(), 'target', {
      statementTimeoutMs: patient(200),
    });
    try {
      await session.batch('BEGIN TRANSACTION; UPDATE dbo.t SET name = name WHERE id = 1');
      const waiting = hurried.query('UPDATE dbo.t SET name = name WHERE id = 1');
      await expect(waiting).rejects.toMatchObject({ code: 'SERVER_BUSY' });
      await session.batch('ROLLBACK');
    } finally {
      await hurried.close();
    }
  });
});

describe('a pool of sessions', () => {
  it('lets nothing of one borrower reach the next', async () => {
    const pool = openSessionPool(async () => connectMs(connection(), 'source'), 1);
    const first = await pool.use(async (borrowed) => {
      await borrowed.batch('CREATE TABLE #mine (a int)');
      await borrowed.batch('SET LOCK_TIMEOUT 77');
      await borrowed.batch('SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED');
      await borrowed.batch(`BEGIN TRANSACTION; UPDATE dbo.t SET name = N'leaked' WHERE id = 1`);
      return borrowed.spid;
    });
    await pool.use(async (borrowed) => {
      expect(borrowed.spid).toBe(first);
      expect(borrowed.inTransaction()).toBe(false);
      const [row] = await borrowed.query<{ wait: number }>('SELECT @@LOCK_TIMEOUT AS wait');
      expect(row?.wait).toBe(5000);
      await expect(borrowed.query('SELECT a FROM #mine')).rejects.toMatchObject({
        code: 'TABLE_MISSING',
      });
    });
    expect(await session.query(`SELECT id FROM dbo.t WHERE name = N'leaked'`)).toEqual([]);
    await pool.close();
  });

  it('does not use a session again whose work threw', async () => {
    const pool = openSessionPool(async () => connectMs(connection(), 'source'), 1);
    let spoilt: MsSession | undefined;
    const failing = pool.use(async (borrowed) => {
      spoilt = borrowed;
      await borrowed.query('SELECT * FROM dbo.not_there');
    });
    await expect(failing).rejects.toMatchObject({ code: 'TABLE_MISSING', vendorCode: '208' });
    expect(spoilt?.isOpen()).toBe(false);
    expect(await pool.use(async ({ query }) => query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
    await pool.close();
  });

  it('ends what runs when it is interrupted, and leaves the sessions to their users', async () => {
    const pool = openSessionPool(async () => connectMs(connection(), 'target'), 1);
    await session.batch(`BEGIN TRANSACTION; UPDATE dbo.t SET name = N'held' WHERE id = 1`);
    const update = { spid: 0 };
    try {
      const waiting = pool.use(async (borrowed) => {
        await borrowed.batch('SET LOCK_TIMEOUT -1');
        const held = borrowed.transaction(async (query) => {
          update.spid = borrowed.spid;
          return query(`UPDATE dbo.t SET name = N'late' WHERE id = 1`);
        });
        await expect(held).rejects.toMatchObject({ code: 'SERVER_BUSY' });
        expect(borrowed.inTransaction()).toBe(false);
        return borrowed.query('SELECT 1 AS one');
      });
      waiting.catch(() => undefined);
      await waitFor('the server has the statement', async () => {
        const [row] = await database.sql(`
SELECT COUNT(*) AS n FROM sys.dm_exec_sessions
 WHERE status = 'running' AND session_id = ${String(update.spid)}`);
        return row?.n === 1;
      });
      // Once: another time it could meet the rollback, or what comes after it.
      await pool.interrupt();
      expect(await waiting).toEqual([{ one: 1 }]);
    } finally {
      await session.batch('ROLLBACK');
      await pool.close();
    }
  });
});
