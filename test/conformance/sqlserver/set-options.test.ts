/**
 * What a table asks of the session that writes it. In Microsoft's documentation: "SET
 * QUOTED_IDENTIFIER (Transact-SQL)", "SET ANSI_NULLS (Transact-SQL)" and, for the bits, "@@OPTIONS
 * (Transact-SQL)".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { errorNumber, probe } from './probe.js';

const server = probe('set options');

beforeAll(async () => {
  await server.database().sql(`
CREATE TABLE filtered (id int NOT NULL PRIMARY KEY, n int NULL);
CREATE TABLE plain (id int NOT NULL PRIMARY KEY, n int NULL);
GO
CREATE INDEX few ON filtered (n) WHERE n IS NOT NULL;
INSERT filtered VALUES (1, 1); INSERT plain VALUES (1, 1)`);
});

describe('SET options', () => {
  it.each(['QUOTED_IDENTIFIER', 'ANSI_NULLS'])(
    '%s OFF refuses to write a table with a filtered index (1934), and no other one',
    async (option) => {
      await server.session(async (sql) => {
        await sql(`SET ${option} OFF`);
        expect(await errorNumber(sql('INSERT filtered VALUES (2, 2)'))).toBe(1934);
        expect(await errorNumber(sql('UPDATE filtered SET n = 3 WHERE id = 1'))).toBe(1934);
        expect(await errorNumber(sql('DELETE filtered WHERE id = 1'))).toBe(1934);
        expect(await errorNumber(sql('UPDATE plain SET n = 3 WHERE id = 1'))).toBeUndefined();
        expect(await sql('SELECT id FROM filtered')).toEqual([{ id: 1 }]);
        await sql(`SET ${option} ON`);
        expect(await errorNumber(sql('UPDATE filtered SET n = 3 WHERE id = 1'))).toBeUndefined();
      });
    },
  );

  it('@@OPTIONS has a bit for each that is on', async () => {
    await server.session(async (sql) => {
      const bits = async () => sql('SELECT @@OPTIONS & 32 AS nulls, @@OPTIONS & 256 AS quoted');
      expect(await bits()).toEqual([{ nulls: 32, quoted: 256 }]);
      await sql('SET QUOTED_IDENTIFIER, ANSI_NULLS OFF');
      expect(await bits()).toEqual([{ nulls: 0, quoted: 0 }]);
    });
  });
});
