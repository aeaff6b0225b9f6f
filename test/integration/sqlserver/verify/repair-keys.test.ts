import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import { readKeys } from '../../../../src/engines/sqlserver/verify/read-keys.js';
import { repairRows } from '../../../../src/engines/sqlserver/verify/repair.js';
import type { SourceScene } from '../source-scene.js';
import { openSource, tableName } from '../source-scene.js';
import type { TargetScene } from '../target-scene.js';
import { openTarget } from '../target-scene.js';

let source: SourceScene;
let target: TargetScene;
let writers: SessionPool;

beforeAll(async () => {
  source = await openSource('repair keys');
  target = await openTarget('repair keys target');
  writers = openSessionPool(() => target.connect(), 2);
});

afterAll(async () => {
  await writers.close();
  await target.close();
  await source.close();
});

async function repair(table: string, keys: readonly string[]): Promise<number> {
  const model = await source.model(table);
  return repairRows(writers, {
    ...{ target: tableName(table), key: ['k'], keys, laneId: null },
    read: (wanted) => readKeys(source.read, model, wanted, 'sqlserver'),
  });
}

describe('a repair of keys', () => {
  it('writes a key that differs only in case or in blanks at the end', async () => {
    const table = `
CREATE TABLE dbo.spelt (
  k nvarchar(20) COLLATE Latin1_General_CI_AS NOT NULL PRIMARY KEY, v int NULL);`;
    await source.sql(`${table} INSERT INTO dbo.spelt (k, v) VALUES (N'Ab', 1), (N'c', 2)`);
    await target.sql(`${table} INSERT INTO dbo.spelt (k, v) VALUES (N'aB', 1), (N'c ', 2)`);
    await repair('dbo.spelt', ['2:Ab;', '1:c;']);
    const rows = 'SELECT k, v FROM dbo.spelt ORDER BY v';
    expect(await target.sql(rows)).toEqual(await source.sql(rows));
  });

  it('11.4: leaves the rows that refer to one whose identity value differs', async () => {
    const table = `
CREATE TABLE dbo.parent (k nvarchar(20) NOT NULL PRIMARY KEY, no int IDENTITY(1, 1) NOT NULL);
SET IDENTITY_INSERT dbo.parent ON;`;
    await source.sql(`${table} INSERT INTO dbo.parent (k, no) VALUES (N'a', 7)`);
    await target.sql(`${table} INSERT INTO dbo.parent (k, no) VALUES (N'a', 1);
CREATE TABLE dbo.child (id int NOT NULL PRIMARY KEY,
  parent nvarchar(20) NULL REFERENCES dbo.parent (k) ON DELETE CASCADE);
INSERT INTO dbo.child (id, parent) VALUES (1, N'a')`);
    await expect(repair('dbo.parent', ['1:a;'])).rejects.toMatchObject({ code: 'ROW_REJECTED' });
    expect(await target.sql('SELECT id, parent FROM dbo.child')).toEqual([{ id: 1, parent: 'a' }]);
  });
});
