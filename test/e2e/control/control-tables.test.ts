/** A worker does all the work that rows ask for; the rows are in memory, everything else is real. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../../workflow/quiet-runtime.js';
import { SEARCH_ATTRIBUTES } from '../../../src/client/search-attributes.js';
import { pipelineId } from '../../../src/core/ids.js';
import type { ControlMapping } from '../../../src/engines/contract/control-tables.js';
import { sqlServerEngine } from '../../../src/engines/sqlserver/engine.js';
import { ROLES, startWorker, type RunningWorker } from '../../../src/worker.js';
import { FakeControlTables } from '../../support/control-tables.js';
import { databaseOf, openSqlServer } from '../../support/sqlserver/server.js';
import type { TestMsDatabase, TestMsServer } from '../../support/sqlserver/server.js';
import { openTemporal, type TestTemporal } from '../../support/temporal.js';
import { waitFor } from '../../support/wait-for.js';

const NAME = 'branch--shop--reports';
const tables = new FakeControlTables();

let from: TestMsServer;
let to: TestMsServer;
let source: TestMsDatabase;
let target: TestMsDatabase;
let temporal: TestTemporal;
let worker: RunningWorker;
let folder: string;
const former = sqlServerEngine.openControlTables;

beforeAll(async () => {
  [from, to] = [await openSqlServer('source'), await openSqlServer('target')];
  [source, target] = [databaseOf(from, 'Shop'), databaseOf(to, 'Reports')];
  for (const database of [source, target]) {
    await databaseOf(database.server, 'master').sql(`CREATE DATABASE ${database.name}`);
    await database.sql(
      'CREATE TABLE dbo.Users (UserID int NOT NULL PRIMARY KEY, FullSyncTrigger int)',
    );
  }
  await source.sql(`
INSERT INTO dbo.Users VALUES (1, 0), (2, 0), (3, 0);
EXEC sys.sp_cdc_enable_db;
GO
EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'Users', @role_name = NULL`);
  temporal = await openTemporal('control tables', { searchAttributes: SEARCH_ATTRIBUTES });
  folder = mkdtempSync(join(tmpdir(), 'sluice-control-'));
  process.env.CONTROL_URL = to.url('master');
  writeFileSync(
    join(folder, 'sluice.yaml'),
    `version: 1
connections:
  control: { engine: sqlserver, url: "\${CONTROL_URL}" }
controlTables: { connection: control }
`,
  );
  sqlServerEngine.openControlTables = () => tables;
  say({});
  worker = await startWorker({
    configPath: join(folder, 'sluice.yaml'),
    roles: ROLES,
    env: { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace },
    logLevel: 'silent',
  });
});

afterAll(async () => {
  worker.shutdown();
  await worker.done;
  if (former === undefined) delete sqlServerEngine.openControlTables;
  else sqlServerEngine.openControlTables = former;
  delete process.env.CONTROL_URL;
  rmSync(folder, { recursive: true, force: true });
  await temporal.close();
  await Promise.all([source.drop(), target.drop()]);
  await Promise.all([from.close(), to.close()]);
});

/** The rows from now on: one server and one mapping. */
function say(over: Partial<ControlMapping>): void {
  const encrypt = from.standIn === null ? 'true;trustServerCertificate=true' : 'disable';
  const place = (database: string) => ({ database, schema: 'dbo', table: 'Users' });
  const mapping: ControlMapping = {
    mappingId: 5,
    serverId: 1,
    source: place('Shop'),
    target: place('Reports'),
    keyColumns: 'UserID',
    resetColumn: 'FullSyncTrigger',
    enabled: true,
    cdc: true,
    ...over,
  };
  const login = `user id=${from.user};password=${from.password}`;
  const connectionString = `server=${from.host},${String(from.port)};${login};encrypt=${encrypt}`;
  tables.content = {
    servers: [{ serverId: 1, name: 'Branch', connectionString, enabled: true }],
    mappings: [mapping],
  };
}

async function until(what: string, fact: () => Promise<boolean>): Promise<void> {
  await waitFor(what, fact, { timeoutMs: 240_000, intervalMs: 200 });
}

async function phase(): Promise<unknown> {
  const [row] = await target.sql('select phase from sluice.table_state');
  return row?.phase;
}

async function users(of: TestMsDatabase): Promise<unknown> {
  return of.sql('select UserID, FullSyncTrigger from dbo.Users order by UserID');
}

function reported(syncType: string, status: string): string[] {
  const all = tables.reports.flatMap(({ report }) => report.statuses);
  const found = all.filter((one) => one.syncType === syncType && one.status === status);
  return [...new Set(found.map((one) => one.key))];
}

describe('a worker with control tables', () => {
  it('copies and follows what a row asks for, and says so', async () => {
    await until('the table streams', async () => (await phase()) === 'streaming');
    expect(await users(target)).toEqual(await users(source));
    await source.sql('INSERT INTO dbo.Users VALUES (4, 0)');
    await until('the change arrives', async () => {
      const [row] = await target.sql('select count(*) as n from dbo.Users');
      return row?.n === 4;
    });
    await until('both are reported', () =>
      Promise.resolve(
        reported('FULL_SYNC', 'COMPLETED').includes('1') &&
          reported('CDC', 'RUNNING').includes('stream'),
      ),
    );
  });

  it('copies again when the trigger column asks, and sets it back', async () => {
    await source.sql('UPDATE dbo.Users SET FullSyncTrigger = 1 WHERE UserID = 1');
    await until('a second full sync is reported', () =>
      Promise.resolve(reported('FULL_SYNC', 'COMPLETED').includes('2')),
    );
    await until('the trigger is set back', async () => {
      const [row] = await source.sql('select FullSyncTrigger from dbo.Users where UserID = 1');
      return row?.FullSyncTrigger === 0;
    });
  });

  it('pauses a table that is switched off, and goes on where it stood', async () => {
    say({ enabled: false });
    await until('the table is paused', async () => (await phase()) === 'paused');
    say({});
    await until('the table streams', async () => (await phase()) === 'streaming');
  });

  it('detaches a table whose mapping has left', async () => {
    tables.content = { ...tables.content, mappings: [] };
    await until('the table is detached', async () => (await phase()) === 'detached');
    const workflow = await temporal.client.workflow.getHandle(pipelineId(NAME)).describe();
    expect(workflow.status.name).toBe('COMPLETED');
    expect(await users(target)).not.toEqual([]);
  });
});
