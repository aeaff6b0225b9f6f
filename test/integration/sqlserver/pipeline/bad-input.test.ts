/** What the command line says of a SQL Server that cannot be followed yet: what, and what to run. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../../../src/cli/exit-codes.js';
import { runCli } from '../../../../src/cli/program.js';
import { openSqlServer, type TestMsServer } from '../../../support/sqlserver/server.js';
import { memoryIo } from '../../../unit/cli/memory-io.js';
import { openPipeline, type PipelineScene } from './pipeline-scene.js';

let server: TestMsServer;
let scene: PipelineScene;

beforeAll(async () => {
  server = await openSqlServer();
});
afterAll(async () => server.close());

beforeEach(async () => {
  scene = await openPipeline('bad', {}, server);
  await scene.source.sql('CREATE TABLE dbo.orders (id int NOT NULL PRIMARY KEY, note nvarchar(9))');
});
afterEach(async () => {
  // Looking changes nothing, on neither side.
  expect(await scene.target.sql(`SELECT SCHEMA_ID(N'sluice') AS id`)).toEqual([{ id: null }]);
  await scene.close();
});

async function check(): Promise<{ code: number; said: string }> {
  const io = memoryIo(dirname(scene.configPath));
  const code = await runCli(['--config', scene.configPath, 'check', '--no-temporal'], io);
  const said = io.out() + io.err();
  expect(said).not.toMatch(/^\s+at /m);
  return { code, said };
}

const follow = (mode: string) => scene.configure({ pipeline: { defaults: { mode } } });

async function isOn(): Promise<unknown> {
  const [row] = await scene.source.sql(
    'SELECT is_cdc_enabled AS cdc FROM sys.databases WHERE database_id = DB_ID()',
  );
  return row?.cdc;
}

describe('what only Change Tracking would need', () => {
  it('is a remark of check while nothing follows it, and a warning where something does', async () => {
    await scene.source.sql(
      `ALTER DATABASE [${scene.source.name}] SET ALLOW_SNAPSHOT_ISOLATION OFF`,
    );
    const own = { enableCdc: true, enableChangeTracking: true };
    await scene.configure({ source: own, pipeline: { defaults: { mode: 'cdc' } } });
    const byCdc = await check();
    expect(byCdc.said).toMatch(/info .*feed\.snapshot-isolation/);
    expect(byCdc).toMatchObject({ code: EXIT.ok });
    await scene.configure({ source: own, pipeline: { defaults: { mode: 'changeTracking' } } });
    const byTracking = await check();
    expect(byTracking.said).toMatch(/warning .*feed\.snapshot-isolation/);
    expect(byTracking.code).toBe(EXIT.degraded);
  });
});

describe('a feed that is off', () => {
  it('of Change Data Capture: check prints what a DBA has to run', async () => {
    await follow('cdc');
    const { code, said } = await check();
    expect(code).not.toBe(EXIT.ok);
    expect(said).toMatch(/Change Data Capture is off in/);
    expect(said).toMatch(/EXEC sys\.sp_cdc_enable_db;.*sp_cdc_enable_table/);
    expect(await isOn()).toBe(false);
  });

  it('of Change Tracking: check prints what a DBA has to run', async () => {
    await follow('changeTracking');
    const { code, said } = await check();
    expect(code).not.toBe(EXIT.ok);
    expect(said).toMatch(/Change Tracking is off in/);
    expect(said).toMatch(/SET CHANGE_TRACKING = ON .*ENABLE CHANGE_TRACKING/);
  });

  it('because SQL Server Agent is stopped: check says so and fails', async (test) => {
    test.skip(server.standIn === null, 'the Agent of a real server is not ours to stop');
    await follow('cdc');
    await scene.source.sql('EXEC sys.sp_cdc_enable_db');
    await scene.source.sql('EXEC standin.capture @running = 0');
    const { code, said } = await check();
    expect(code).toBe(EXIT.failed);
    expect(said).toMatch(/SQL Server Agent is stopped: .* Start SQL Server Agent/);
  });
});

describe('a login that lacks a right', () => {
  it('on the schema cdc: check prints the GRANT and fails', async () => {
    await follow('cdc');
    const user = `lacks_${scene.source.name.slice(-8)}`;
    const password = 'Lacks-4-Rights';
    await scene.source.sql(`EXEC sys.sp_cdc_enable_db
GO
CREATE LOGIN ${user} WITH PASSWORD = N'${password}', CHECK_POLICY = OFF;
CREATE USER ${user} FOR LOGIN ${user};
GRANT SELECT ON SCHEMA::dbo TO ${user};
GRANT VIEW DEFINITION TO ${user};`);
    const url = new URL(scene.source.url);
    url.username = user;
    url.password = password;
    await writeFile(join(dirname(scene.configPath), 'from'), url.href);
    const { code, said } = await check();
    expect(code).toBe(EXIT.failed);
    expect(said).toContain(`The user ${user} may not read the change tables.`);
    expect(said).toContain(`GRANT SELECT ON SCHEMA::cdc TO [${user}]`);
    expect(said).not.toContain(password);
    if (server.standIn === null) await scene.source.sql(`DROP LOGIN ${user}`);
  });

  it('to log in at all, as integrated security has no password: says what to use', async () => {
    const url = new URL(scene.source.url);
    url.username = '';
    url.password = '';
    await writeFile(join(dirname(scene.configPath), 'from'), url.href);
    const { code, said } = await check();
    expect(code).not.toBe(EXIT.ok);
    expect(said).toMatch(/integrated security without a password is not supported/);
    expect(said).toMatch(/NTLM/);
  });
});

describe('a table without a primary key', () => {
  it('is named by check, which fails where a feed would follow it', async () => {
    await follow('cdc');
    await scene.source.sql('CREATE TABLE dbo.keyless (n int NULL)');
    const { code, said } = await check();
    expect(code).not.toBe(EXIT.ok);
    expect(said).toMatch(/dbo\.keyless[^\n]*key/);
  });
});

describe('a column that a table is followed by', () => {
  it('11.7: is named by check where it may be NULL, has no index, or is not there', async () => {
    await scene.source.sql('ALTER TABLE dbo.orders ADD changed datetime2(7) NULL');
    const defaults = (column: string) => ({ mode: 'incremental', watermark: { column } });
    await scene.configure({ pipeline: { defaults: defaults('changed') } });
    const { code, said } = await check();
    expect(said).toMatch(/dbo\.orders.*changed may be NULL.*\[watermark\.nullable\]/);
    expect(said).toMatch(/\[watermark\.unindexed\]/);
    expect(code).toBe(EXIT.degraded);
    await scene.configure({ pipeline: { defaults: defaults('absent') } });
    const absent = await check();
    expect(absent.said).toMatch(/error .*absent/);
    expect(absent.code).toBe(EXIT.failed);
  });

  it('11.10: is advised a filtered index by check where it is a reset trigger', async () => {
    await scene.source.sql('ALTER TABLE dbo.orders ADD again bit NULL');
    await scene.configure({ pipeline: { defaults: { mode: 'full', resetColumn: 'again' } } });
    const { code, said } = await check();
    expect(said).toMatch(/reset trigger column again has no index.*CREATE INDEX.*\[again\] = 1/);
    expect(code).toBe(EXIT.ok);
  });
});
