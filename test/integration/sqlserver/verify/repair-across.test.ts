import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DigestRequest } from '../../../../src/engines/contract/verify.js';
import { readTables } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { openSessionPool as openPgPool } from '../../../../src/engines/postgres/state/session-pool.js';
import type { SessionPool as PgPool } from '../../../../src/engines/postgres/state/session-pool.js';
import { readKeys as readPgKeys } from '../../../../src/engines/postgres/verify/read-keys.js';
import { repairFrom } from '../../../../src/engines/postgres/verify/repair-from.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import { MsVerify } from '../../../../src/engines/sqlserver/verify/ms-verify.js';
import { readKeys } from '../../../../src/engines/sqlserver/verify/read-keys.js';
import { repairRows } from '../../../../src/engines/sqlserver/verify/repair.js';
import { sharedPostgres } from '../../../support/postgres.js';
import { connectionTo } from '../../postgres/feed/feed-fixture.js';
import type { VerifySide } from '../../postgres/verify/verify-fixture.js';
import { openSide } from '../../postgres/verify/verify-fixture.js';
import type { SourceScene } from '../source-scene.js';
import { openSource, tableName } from '../source-scene.js';

let scene: SourceScene;
let writers: SessionPool;
let postgres: VerifySide;
let pool: PgPool;

const HERE = tableName('dbo.t');
const THERE = tableName('app.t');

beforeAll(async () => {
  scene = await openSource('repair across');
  writers = openSessionPool(scene.feeds.open, 1);
  postgres = await openSide('18', 'repair_across');
  pool = openPgPool(
    () => connectPg(connectionTo(sharedPostgres('18'), postgres.db.name), 'copy'),
    2,
  );
  await postgres.db.query('CREATE SCHEMA app');
  await postgres.db.query(
    'CREATE TABLE app.t (id integer, part text, v numeric(10,2), at timestamptz, PRIMARY KEY (id, part))',
  );
  await scene.sql(`
CREATE TABLE dbo.t (
  id int NOT NULL, part nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL, v decimal(10,2) NULL,
  [at] datetimeoffset(6) NULL, PRIMARY KEY (id, part))`);
});

afterAll(async () => {
  await pool.close();
  await postgres.close();
  await writers.close();
  await scene.close();
});

async function emptyBoth(): Promise<void> {
  await postgres.db.query('DELETE FROM app.t');
  await scene.sql('DELETE FROM dbo.t');
}

async function digests() {
  const request: DigestRequest = {
    table: HERE,
    columns: ['id', 'part', 'v', 'at'],
    key: ['id', 'part'],
    form: 'canonical',
    lastRows: null,
  };
  const here = await new MsVerify(scene.read, () => Promise.resolve(null)).digest(request);
  const there = await postgres.verify.digest({ ...request, table: THERE });
  return { here, there };
}

const KEYS = ['1;7:ä;😀;', '2;1:b;', '3;1:c;'];
const repair = { key: ['id', 'part'], keys: KEYS, laneId: null };

describe('a repair between SQL Server and PostgreSQL', () => {
  it('brings rows of PostgreSQL to SQL Server', async () => {
    await emptyBoth();
    await postgres.db.query(
      "INSERT INTO app.t VALUES (1, 'ä;😀', 1.50, '2026-01-01T00:00:00.123456+02:00'), (2, 'b', NULL, NULL)",
    );
    await scene.sql("INSERT INTO dbo.t (id, part, v) VALUES (2, N'b', 7), (3, N'c', 8)");
    const [model] = await readTables(postgres.session, { only: [THERE] });
    if (model === undefined) throw new Error('The table is not there.');
    const read = (keys: readonly string[]) =>
      readPgKeys(pool, 'the source', model, keys, 'neutral');
    expect(await repairRows(writers, { ...repair, target: HERE, read })).toBe(3);
    const { here, there } = await digests();
    expect(here).toEqual(there);
  });

  it('brings rows of SQL Server to PostgreSQL', async () => {
    await emptyBoth();
    await scene.sql(`
INSERT INTO dbo.t (id, part, v, [at])
VALUES (1, N'ä;😀', 1.5, '2026-01-01T00:00:00.123456+02:00'), (2, N'b', NULL, NULL)`);
    await postgres.db.query("INSERT INTO app.t VALUES (2, 'b', 7, NULL), (3, 'c', 8, NULL)");
    const model = await scene.model('dbo.t');
    const read = (keys: readonly string[]) => readKeys(scene.read, model, keys, 'neutral');
    expect(await repairFrom(pool, 'the target', { ...repair, target: THERE, read })).toBe(3);
    const { here, there } = await digests();
    expect(here).toEqual(there);
  });
});
