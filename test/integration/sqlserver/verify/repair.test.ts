import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DigestRequest } from '../../../../src/engines/contract/verify.js';
import { MsVerify } from '../../../../src/engines/sqlserver/verify/ms-verify.js';
import { readKeys } from '../../../../src/engines/sqlserver/verify/read-keys.js';
import { repairRows } from '../../../../src/engines/sqlserver/verify/repair.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import type { SourceScene } from '../source-scene.js';
import { openSource, tableName } from '../source-scene.js';
import type { TargetScene } from '../target-scene.js';
import { openTarget } from '../target-scene.js';

let source: SourceScene;
let target: TargetScene;
let writers: SessionPool;

const TABLE = `
CREATE TABLE dbo.item (
  id int IDENTITY(1,1) NOT NULL PRIMARY KEY, name nvarchar(20) NULL, price decimal(10,4) NULL,
  seen datetime2(7) NULL, code varbinary(8) NULL, twice AS (id * 2));
SET IDENTITY_INSERT dbo.item ON;`;
const ROWS = (ids: readonly number[]) =>
  ids
    .map(
      (id) =>
        `INSERT INTO dbo.item (id, name, price, seen, code)
         VALUES (${String(id)}, N'n${String(id)} 😀', 1.5, '2026-01-01T00:00:00.1234567', 0x00FF);`,
    )
    .join('\n');

beforeAll(async () => {
  source = await openSource('repair');
  target = await openTarget('repair target');
  writers = openSessionPool(() => target.connect(), 2);
  await source.sql(TABLE + ROWS([1, 2, 3, 4]));
  await target.sql(TABLE + ROWS([1, 2, 3, 5]));
});

afterAll(async () => {
  await writers.close();
  await target.close();
  await source.close();
});

const request: DigestRequest = {
  table: tableName('dbo.item'),
  columns: ['id', 'name', 'price', 'seen', 'code', 'twice'],
  key: ['id'],
  form: 'native',
  lastRows: null,
};

async function digests() {
  const nowhere = () => Promise.resolve(null);
  return Promise.all(
    [source.read, writers].map((pool) => new MsVerify(pool, nowhere).digest(request)),
  );
}

describe('a repair', () => {
  it('makes just the named rows equal to the source: changed, missing and extra ones', async () => {
    await target.sql(`
UPDATE dbo.item SET price = 1.5001 WHERE id = 2;
UPDATE dbo.item SET name = NULL WHERE id = 3;`);
    const model = await source.model('dbo.item');
    const repair = {
      target: tableName('dbo.item'),
      key: ['id'],
      keys: ['2;', '4;', '5;', '99;'],
      laneId: null,
      read: (keys: readonly string[]) => readKeys(source.read, model, keys, 'sqlserver'),
    };
    expect(await repairRows(writers, repair)).toBe(3);
    const rows = await target.sql('SELECT id, name FROM dbo.item ORDER BY id');
    expect(rows.map((row) => row.id)).toEqual([1, 2, 3, 4]);
    expect(rows[2]).toMatchObject({ name: null });
    const [there, here] = await digests();
    expect(here).not.toEqual(there);
    expect(await repairRows(writers, { ...repair, keys: ['3;'] })).toBe(1);
    const [left, right] = await digests();
    expect(right).toEqual(left);
  });

  it('keeps the lane of its table from writing between reading the source and writing the target', async () => {
    const { laneId } = await target.state.lanes.ensure('p', 't', 0);
    const asLane = `SET LOCK_TIMEOUT 0;
SELECT fence FROM sluice.lane WITH (UPDLOCK, ROWLOCK) WHERE lane_id = ${laneId}`;
    const mayWrite = async () =>
      target.database
        .session(async (sql) => sql(asLane))
        .then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ number: 1222 });
            return false;
          },
        );
    const model = await source.model('dbo.item');
    const meanwhile: boolean[] = [];
    await repairRows(writers, {
      ...{ target: tableName('dbo.item'), key: ['id'], keys: ['1;'], laneId },
      read: async (keys) => {
        meanwhile.push(await mayWrite());
        return readKeys(source.read, model, keys, 'sqlserver');
      },
    });
    expect(meanwhile).toEqual([false]);
    expect(await mayWrite()).toBe(true);
  });

  it('takes the rows of a source of another kind as neutral ones', async () => {
    await target.sql('DELETE FROM dbo.item');
    const model = await source.model('dbo.item');
    const written = await repairRows(writers, {
      target: tableName('dbo.item'),
      key: ['id'],
      keys: ['1;', '2;', '3;', '4;'],
      laneId: null,
      read: (keys) => readKeys(source.read, model, keys, 'neutral'),
    });
    expect(written).toBe(4);
    const [left, right] = await digests();
    expect(right).toEqual(left);
  });
});
