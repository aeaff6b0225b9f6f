/**
 * What a snapshot sees, and when it is refused. In Microsoft's documentation: "SET TRANSACTION
 * ISOLATION LEVEL (Transact-SQL)" and "Transaction locking and row versioning guide"; the numbers of
 * errors: "Database engine events and errors".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { errorNumber, probe } from './probe.js';

const server = probe('snapshot');

beforeAll(async () => {
  await server.database().sql('CREATE TABLE t (id int NOT NULL PRIMARY KEY, n int NULL)');
  await server.database().sql('INSERT t VALUES (1, 1), (2, 2)');
});

describe('snapshot isolation', () => {
  it('is refused at the first table where the database does not allow it (3952)', async () => {
    await server.session(async (sql) => {
      await sql('SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRAN');
      expect(await errorNumber(sql('SELECT n FROM t'))).toBe(3952);
    });
  });

  it('sees the rows of its first read until it ends', async () => {
    await allow();
    await server.session(async (reader) => {
      await server.session(async (writer) => {
        await reader('SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRAN');
        expect(await reader('SELECT n FROM t WHERE id = 1')).toEqual([{ n: 1 }]);
        await writer('UPDATE t SET n = 10 WHERE id = 1');
        expect(await reader('SELECT n FROM t WHERE id = 1')).toEqual([{ n: 1 }]);
        await reader('COMMIT');
        expect(await reader('SELECT n FROM t WHERE id = 1')).toEqual([{ n: 10 }]);
      });
    });
  });

  it('ends with 3960, rolled back, when it changes what another changed meanwhile', async () => {
    await allow();
    await server.session(async (first) => {
      await server.session(async (second) => {
        await first('SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRAN');
        await first('SELECT n FROM t');
        await second('UPDATE t SET n = 20 WHERE id = 2');
        expect(await errorNumber(first('UPDATE t SET n = 21 WHERE id = 2'))).toBe(3960);
        expect(await first('SELECT @@TRANCOUNT AS depth')).toEqual([{ depth: 0 }]);
      });
    });
  });

  it('cannot be chosen inside a transaction (3951)', async () => {
    await allow();
    await server.session(async (sql) => {
      const late = sql(`SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN TRAN;
        SELECT n FROM t; SET TRANSACTION ISOLATION LEVEL SNAPSHOT; SELECT n FROM t`);
      expect(await errorNumber(late)).toBe(3951);
    });
  });

  it('does not stay with a session that sets another level', async () => {
    await allow();
    await server.session(async (reader) => {
      await server.session(async (writer) => {
        await reader('SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN TRAN; SELECT n FROM t');
        await writer('UPDATE t SET n = 30 WHERE id = 2');
        expect(await reader('SELECT n FROM t WHERE id = 2')).toEqual([{ n: 30 }]);
        await reader('COMMIT');
      });
    });
  });
});

async function allow(): Promise<void> {
  const { name } = server.database();
  await server.database().sql(`ALTER DATABASE [${name}] SET ALLOW_SNAPSHOT_ISOLATION ON`);
}
