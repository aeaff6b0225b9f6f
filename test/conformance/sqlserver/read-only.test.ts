/**
 * What a database refuses that is read-only, as a secondary is to its readers. In Microsoft's
 * documentation: "DATABASEPROPERTYEX (Transact-SQL)", Updateability; "ALTER DATABASE SET Options
 * (Transact-SQL)", READ_ONLY; the numbers of errors: "Database engine events and errors".
 */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { errorNumber, probe } from './probe.js';

const server = probe('read only');

beforeAll(async () => {
  await server.database().sql('CREATE TABLE t (id int NOT NULL PRIMARY KEY, n int NULL)');
  await server.database().sql('INSERT t VALUES (1, 1)');
});
afterEach(async () => become('READ_WRITE'));

describe('a database', () => {
  it('says by Updateability whether it may be written to', async () => {
    const said = () =>
      server.value("CONVERT(nvarchar(20), DATABASEPROPERTYEX(DB_NAME(), 'Updateability'))");
    expect(await said()).toBe('READ_WRITE');
    await become('READ_ONLY');
    expect(await said()).toBe('READ_ONLY');
  });

  it('that is read-only refuses every change but of #temp tables (3906)', async () => {
    await become('READ_ONLY');
    await server.session(async (sql) => {
      expect(await errorNumber(sql('INSERT t VALUES (2, 2)'))).toBe(3906);
      expect(await errorNumber(sql('UPDATE t SET n = 2 WHERE id = 1'))).toBe(3906);
      expect(await errorNumber(sql('DELETE t WHERE id = 1'))).toBe(3906);
      expect(await errorNumber(sql('CREATE TABLE u (id int NOT NULL)'))).toBe(3906);
      await sql('CREATE TABLE #t (n int NULL); INSERT #t SELECT n FROM t');
      expect(await sql('SELECT n FROM #t')).toEqual([{ n: 1 }]);
    });
  });

  it('takes changes again once it is not', async () => {
    await become('READ_ONLY');
    await become('READ_WRITE');
    await server.database().sql('UPDATE t SET n = 3 WHERE id = 1');
    expect(await server.database().sql('SELECT n FROM t')).toEqual([{ n: 3 }]);
  });
});

async function become(state: 'READ_ONLY' | 'READ_WRITE'): Promise<void> {
  await server.database().sql(`ALTER DATABASE CURRENT SET ${state} WITH ROLLBACK IMMEDIATE`);
}
