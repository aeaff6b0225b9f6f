/**
 * Who waits for whom. In Microsoft's documentation: "SET LOCK_TIMEOUT (Transact-SQL)", "Table Hints
 * (Transact-SQL)", "sp_getapplock (Transact-SQL)", "sys.dm_tran_locks (Transact-SQL)"; who is the victim
 * of a deadlock, and how long locks are kept: "Transaction locking and row versioning guide".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import { errorNumber, probe } from './probe.js';

const server = probe('locks');

beforeAll(async () => {
  await server.database().sql('CREATE TABLE t (id int NOT NULL PRIMARY KEY, n int NULL)');
  await server.database().sql('INSERT t VALUES (1, 1), (2, 2)');
});

const LOCK = (owner: string, timeout: string) => `DECLARE @granted int;
  EXEC @granted = sp_getapplock @Resource = N'one at a time', @LockMode = N'Exclusive',
    @LockOwner = N'${owner}', @LockTimeout = ${timeout};
  SELECT @granted AS granted`;

describe('locks', () => {
  it('LOCK_TIMEOUT gives up the statement with 1222 and leaves the transaction', async () => {
    await server.session(async (holder) => {
      await server.session(async (waiter) => {
        await holder('BEGIN TRAN; UPDATE t SET n = 10 WHERE id = 1');
        await waiter('SET XACT_ABORT OFF; SET LOCK_TIMEOUT 100; BEGIN TRAN');
        expect(await errorNumber(waiter('UPDATE t SET n = 11 WHERE id = 1'))).toBe(1222);
        expect(await waiter('SELECT @@TRANCOUNT AS depth')).toEqual([{ depth: 1 }]);
        await waiter('ROLLBACK');
        await holder('ROLLBACK');
      });
    });
  });

  it('LOCK_TIMEOUT 0 does not wait at all', async () => {
    await server.session(async (holder) => {
      await server.session(async (waiter) => {
        await holder('BEGIN TRAN; UPDATE t SET n = 10 WHERE id = 1');
        const failed = waiter('SET LOCK_TIMEOUT 0; UPDATE t SET n = 11 WHERE id = 1');
        expect(await errorNumber(failed)).toBe(1222);
        await holder('ROLLBACK');
      });
    });
  });

  it('LOCK_TIMEOUT is no matter of sp_getapplock, which has one of its own', async () => {
    await server.session(async (holder) => {
      await server.session(async (waiter) => {
        await holder('BEGIN TRAN; UPDATE t SET n = 10 WHERE id = 1');
        await waiter(`SET LOCK_TIMEOUT 100; ${LOCK('Session', '5000')}`);
        expect(await errorNumber(waiter('UPDATE t SET n = 11 WHERE id = 1'))).toBe(1222);
        await holder('ROLLBACK');
      });
    });
  });

  it('TABLOCK, HOLDLOCK meets who has written a row; UPDLOCK, ROWLOCK who keeps the table', async () => {
    const asks = {
      all: 'SELECT TOP (1) 1 AS one FROM t WITH (TABLOCK, HOLDLOCK)',
      intent: 'SELECT TOP (1) 1 AS one FROM t WITH (UPDLOCK, ROWLOCK)',
    };
    const meets = async (held: string, ask: keyof typeof asks) =>
      server.session(async (holder) =>
        server.session(async (other) => {
          await holder(`BEGIN TRAN; ${held}`);
          const number = await errorNumber(other(`SET LOCK_TIMEOUT 0; ${asks[ask]}`));
          await holder('ROLLBACK');
          return number;
        }),
      );
    expect(await meets('UPDATE t SET n = 10 WHERE id = 2', 'all')).toBe(1222);
    expect(await meets('SELECT n FROM t WITH (TABLOCKX, HOLDLOCK)', 'all')).toBe(1222);
    expect(await meets('SELECT n FROM t WITH (TABLOCKX, HOLDLOCK)', 'intent')).toBe(1222);
    expect(await meets('SELECT n FROM t WITH (TABLOCK, HOLDLOCK)', 'intent')).toBe(1222);
    expect(await meets('SELECT n FROM t', 'all')).toBeUndefined();
    expect(await meets('SELECT n FROM t', 'intent')).toBeUndefined();
  });

  it('dm_tran_locks names who holds a table, and how', async () => {
    const held = async (work: string) =>
      server.session(async (holder) => {
        await holder(`BEGIN TRAN; ${work}`);
        const [{ spid = null } = {}] = await holder('SELECT @@SPID AS spid');
        const rows = await server.session(async (other) =>
          other(`SELECT l.request_mode AS mode, l.request_status AS status,
                   IIF(a.transaction_begin_time <= GETDATE(), 1, 0) AS begun
            FROM sys.dm_tran_locks AS l
            JOIN sys.dm_tran_active_transactions AS a ON a.transaction_id = l.request_owner_id
            WHERE l.resource_type = N'OBJECT' AND l.resource_database_id = DB_ID()
              AND l.resource_associated_entity_id = OBJECT_ID(N't')
              AND l.request_owner_type = N'TRANSACTION'
              AND l.request_session_id = ${String(spid)}`),
        );
        await holder('ROLLBACK');
        return rows;
      });
    const granted = (mode: string) => [{ mode, status: 'GRANT', begun: 1 }];
    expect(await held('UPDATE t SET n = 10 WHERE id = 2')).toEqual(granted('IX'));
    expect(await held('SELECT n FROM t WITH (TABLOCKX, HOLDLOCK)')).toEqual(granted('X'));
    expect(await held('SELECT n FROM t WITH (TABLOCK, HOLDLOCK)')).toEqual(granted('S'));
    expect(await held('SELECT n FROM t')).toEqual([]);
  });

  it('dm_tran_locks has who waits as well', async () => {
    await server.session(async (holder) =>
      server.session(async (waiter) => {
        await holder('BEGIN TRAN; UPDATE t SET n = 10 WHERE id = 1');
        const waits = waiter('SELECT TOP (1) 1 AS one FROM t WITH (TABLOCKX, HOLDLOCK)');
        const sql = `SELECT request_mode AS mode FROM sys.dm_tran_locks
          WHERE resource_type = N'OBJECT' AND resource_database_id = DB_ID()
            AND resource_associated_entity_id = OBJECT_ID(N't') AND request_status = N'WAIT'`;
        await waitFor('it waits', async () => {
          const rows = await holder(sql);
          return rows.length === 1 && rows[0]?.mode === 'X';
        });
        await holder('ROLLBACK');
        await waits;
      }),
    );
  });

  it('locks of a statement outside of a transaction end with it, HOLDLOCK or not', async () => {
    await server.session(async (asker) => {
      await server.session(async (writer) => {
        await asker('SELECT TOP (1) 1 AS one FROM t WITH (TABLOCK, HOLDLOCK)');
        const wrote = writer('SET LOCK_TIMEOUT 0; UPDATE t SET n = n WHERE id = 1');
        expect(await errorNumber(wrote)).toBeUndefined();
      });
    });
  });

  it('SET inside sp_executesql ends with it', async () => {
    await server.session(async (sql) => {
      await sql(`SET LOCK_TIMEOUT 4000; EXEC sp_executesql N'SET LOCK_TIMEOUT 0; SELECT 1 AS one'`);
      expect(await sql('SELECT @@LOCK_TIMEOUT AS ms')).toEqual([{ ms: 4000 }]);
    });
  });

  it('a deadlock has one victim (1205), whose transaction is gone', async () => {
    await server.session(async (a) => {
      await server.session(async (b) => {
        await a('SET XACT_ABORT OFF; BEGIN TRAN; UPDATE t SET n = 10 WHERE id = 1');
        await b('SET XACT_ABORT OFF; BEGIN TRAN; UPDATE t SET n = 20 WHERE id = 2');
        const numbers = await Promise.all([
          errorNumber(a('UPDATE t SET n = 11 WHERE id = 2')),
          errorNumber(b('UPDATE t SET n = 21 WHERE id = 1')),
        ]);
        expect([...numbers].sort()).toEqual([1205, undefined]);
        const victim = numbers[0] === 1205 ? a : b;
        expect(await victim('SELECT @@TRANCOUNT AS depth')).toEqual([{ depth: 0 }]);
        await (victim === a ? b : a)('ROLLBACK');
      });
    });
  });

  it('UPDLOCK and HOLDLOCK keep a second reader of the same kind out until the end', async () => {
    await server.session(async (a) => {
      await server.session(async (b) => {
        await a('BEGIN TRAN; SELECT n FROM t WITH (UPDLOCK, HOLDLOCK) WHERE id = 99');
        const second = b(`SET LOCK_TIMEOUT 100; BEGIN TRAN;
          SELECT n FROM t WITH (UPDLOCK, HOLDLOCK) WHERE id = 99; INSERT t VALUES (99, 1)`);
        expect(await errorNumber(second)).toBe(1222);
        await a('ROLLBACK');
      });
    });
  });

  it('READPAST passes over rows that another has locked', async () => {
    await server.session(async (a) => {
      await server.session(async (b) => {
        await a('BEGIN TRAN; SELECT id FROM t WITH (UPDLOCK, ROWLOCK) WHERE id = 1');
        await b('BEGIN TRAN');
        const rows = await b(
          'SELECT id FROM t WITH (UPDLOCK, READPAST, ROWLOCK) WHERE id IN (1, 2)',
        );
        expect(rows).toEqual([{ id: 2 }]);
        await b('ROLLBACK');
        await a('ROLLBACK');
      });
    });
  });

  it('sp_getapplock answers 0 when granted, -1 when time is up', async () => {
    await server.session(async (a) => {
      await server.session(async (b) => {
        expect(await a(LOCK('Session', '0'))).toEqual([{ granted: 0 }]);
        expect(await b(LOCK('Session', '0'))).toEqual([{ granted: -1 }]);
        await a(`EXEC sp_releaseapplock @Resource = N'one at a time', @LockOwner = N'Session'`);
        expect(await b(`BEGIN TRAN; ${LOCK('Transaction', '100')}`)).toEqual([{ granted: 0 }]);
        expect(await a(LOCK('Session', '0'))).toEqual([{ granted: -1 }]);
        await b('COMMIT');
        expect(await a(LOCK('Session', '0'))).toEqual([{ granted: 0 }]);
      });
    });
  });
});
