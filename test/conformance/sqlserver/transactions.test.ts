/**
 * What an error leaves of a transaction. In Microsoft's documentation: "SET XACT_ABORT (Transact-SQL)",
 * "XACT_STATE (Transact-SQL)", "COMMIT TRANSACTION (Transact-SQL)", "ROLLBACK TRANSACTION
 * (Transact-SQL)", "SAVE TRANSACTION (Transact-SQL)", "THROW (Transact-SQL)" and "RAISERROR
 * (Transact-SQL)"; the numbers of errors: "Database engine events and errors".
 */
import { describe, expect, it } from 'vitest';
import { column, errorNumber, probe } from './probe.js';

const server = probe('transactions');

async function fresh(table: string): Promise<void> {
  await server.database().sql(`CREATE TABLE ${table} (id int NOT NULL PRIMARY KEY, n int NULL)`);
}

describe('a transaction', () => {
  it('goes on after a failed statement while XACT_ABORT is off', async () => {
    await fresh('goes_on');
    await server.session(async (sql) => {
      const failed = sql(`SET XACT_ABORT OFF; BEGIN TRAN; INSERT goes_on VALUES (1, 1);
        INSERT goes_on VALUES (1, 1); INSERT goes_on VALUES (2, 2); COMMIT`);
      expect(await errorNumber(failed)).toBe(2627);
      expect(column(await sql('SELECT id FROM goes_on ORDER BY id'), 'id')).toEqual([1, 2]);
    });
  });

  it('is undone whole, and its batch ends, while XACT_ABORT is on', async () => {
    await fresh('undone');
    await server.session(async (sql) => {
      const failed = sql(`SET XACT_ABORT ON; BEGIN TRAN; INSERT undone VALUES (1, 1);
        INSERT undone VALUES (1, 1); INSERT undone VALUES (2, 2); COMMIT`);
      expect(await errorNumber(failed)).toBe(2627);
      const [row] = await sql('SELECT COUNT(*) AS n, @@TRANCOUNT AS depth FROM undone');
      expect(row).toEqual({ n: 0, depth: 0 });
    });
  });

  it('undoes only the failed statement, all of its rows', async () => {
    await fresh('half');
    await server.session(async (sql) => {
      const failed = sql('INSERT half VALUES (1, 1), (2, 2), (2, 3)');
      expect(await errorNumber(failed)).toBe(2627);
      expect(await sql('SELECT id FROM half')).toEqual([]);
    });
  });

  it('counts BEGIN TRAN and commits with the last COMMIT', async () => {
    await fresh('nested');
    await server.session(async (sql) => {
      await sql('BEGIN TRAN; BEGIN TRAN; INSERT nested VALUES (1, 1); COMMIT');
      expect(await sql('SELECT @@TRANCOUNT AS depth')).toEqual([{ depth: 1 }]);
      await sql('ROLLBACK');
      expect(await sql('SELECT id FROM nested')).toEqual([]);
    });
  });

  it('goes back to a savepoint and stays open', async () => {
    await fresh('saved');
    await server.session(async (sql) => {
      await sql(`BEGIN TRAN; INSERT saved VALUES (1, 1); SAVE TRAN here; INSERT saved VALUES (2, 2);
        ROLLBACK TRAN here; COMMIT`);
      expect(column(await sql('SELECT id FROM saved'), 'id')).toEqual([1]);
    });
  });

  it('stays open where ROLLBACK names what nobody named (6401)', async () => {
    await fresh('misnamed');
    await server.session(async (sql) => {
      await sql('BEGIN TRAN; INSERT misnamed VALUES (1, 1)');
      expect(await errorNumber(sql('ROLLBACK TRAN nowhere'))).toBe(6401);
      await sql('COMMIT');
      expect(column(await sql('SELECT id FROM misnamed'), 'id')).toEqual([1]);
    });
  });

  it.each([
    ['COMMIT', 3902],
    ['ROLLBACK', 3903],
  ])('is needed by %s (%i)', async (batch, number) => {
    await server.session(async (sql) => {
      expect(await errorNumber(sql(batch))).toBe(number);
    });
  });

  it('is doomed in CATCH while XACT_ABORT is on: XACT_STATE -1, writes refused with 3930', async () => {
    await fresh('doomed');
    await server.session(async (sql) => {
      const rows = await sql(`SET XACT_ABORT ON;
        BEGIN TRY BEGIN TRAN; INSERT doomed VALUES (1, 1); INSERT doomed VALUES (1, 1); COMMIT END TRY
        BEGIN CATCH SELECT XACT_STATE() AS state, ERROR_NUMBER() AS number; ROLLBACK END CATCH`);
      expect(rows).toEqual([{ state: -1, number: 2627 }]);
      const again =
        sql(`BEGIN TRY BEGIN TRAN; INSERT doomed VALUES (1, 1); INSERT doomed VALUES (1, 1) END TRY
        BEGIN CATCH INSERT doomed VALUES (2, 2) END CATCH`);
      expect(await errorNumber(again)).toBe(3930);
    });
  });

  it('ends with a conversion that fails, whatever XACT_ABORT says', async () => {
    await fresh('converted');
    await server.session(async (sql) => {
      await sql('SET XACT_ABORT OFF; BEGIN TRAN; INSERT converted VALUES (1, 1)');
      expect(await errorNumber(sql("SELECT CAST('x' AS int) AS n"))).toBe(245);
      expect(await sql('SELECT @@TRANCOUNT AS depth')).toEqual([{ depth: 0 }]);
    });
  });

  it('THROW ends the batch, RAISERROR of level 16 does not', async () => {
    await server.session(async (sql) => {
      const thrown = sql("IF 1 = 1 THROW 51001, N'fenced', 1; SELECT 1 AS n");
      expect(await errorNumber(thrown)).toBe(51_001);
      await sql('CREATE TABLE #after (n int)');
      const raised = sql("RAISERROR (N'said', 16, 1); INSERT #after VALUES (1)");
      expect(await errorNumber(raised)).toBe(50_000);
      expect(await sql('SELECT n FROM #after')).toEqual([{ n: 1 }]);
    });
  });

  it('rolls back definitions too', async () => {
    await server.session(async (sql) => {
      await sql('BEGIN TRAN; CREATE TABLE gone (id int); ROLLBACK');
      expect(await errorNumber(sql('SELECT id FROM gone'))).toBe(208);
    });
  });
});
