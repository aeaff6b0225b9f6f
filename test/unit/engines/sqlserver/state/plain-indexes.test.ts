import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const FOLDER = new URL('../../../../../src/engines/sqlserver/', import.meta.url);

/**
 * Writers with QUOTED_IDENTIFIER OFF (sqlcmd, Agent jobs) meet error 1934 where a table has a
 * filtered index, an index over a computed column, or an indexed view upon it.
 */
it.each([
  'state/000001-initial.sql',
  'control-tables/sql/tables.sql',
  'control-tables/sql/views.sql',
])('%s has nothing that refuses writers with other SET options than ours', async (file) => {
  const text = await readFile(new URL(file, FOLDER), 'utf8');
  const sql = text.replaceAll(/--.*$/gm, '').toLowerCase();
  const statements = sql.split(/;|^go$/m).map((statement) => statement.trim());
  expect(statements.length).toBeGreaterThan(1);
  const indexes = statements.filter((one) => /^create (unique )?(nonclustered )?index/.test(one));
  expect(indexes.filter((one) => /\bwhere\b/.test(one))).toEqual([]);
  expect(sql).not.toMatch(/schemabinding|\bxml\b|clustered columnstore/);
  expect(sql).not.toMatch(/^\s*\[?\w+\]?\s+as\s+\(/m);
});
