import { beforeAll, describe, expect, it } from 'vitest';
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
