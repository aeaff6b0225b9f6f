/**
 * Pipelines that rows declare, on SQL Servers, without Temporal: the connections that are made from
 * rows, what is reported of a destination, and what becomes of a pipeline whose rows have left.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { letGo } from '../../../../src/activities/control/let-go.js';
import { reportPipeline } from '../../../../src/activities/control/report-control.js';
import type {
  ControlContent,
  ControlReport,
} from '../../../../src/engines/contract/control-tables.js';
import { ControlNews } from '../../../../src/session/control-news.js';
import { ControlStore } from '../../../../src/session/control-store.js';
import { PipelineSession, readConfiguration } from '../../../../src/session/pipeline-session.js';
import { reconcile } from '../../../../src/session/reconcile.js';
import { FakeControlTables } from '../../../support/control-tables.js';
import { databaseOf, openSqlServer } from '../../../support/sqlserver/server.js';
import type { TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';

const NAME = 'branch--shop--reports';
const USERS = 'CREATE TABLE dbo.Users (UserID int NOT NULL PRIMARY KEY, FullSyncTrigger bit)';

let from: TestMsServer;
let to: TestMsServer;
let source: TestMsDatabase;
let target: TestMsDatabase;
let folder: string;
const control = new ControlStore();

beforeAll(async () => {
  [from, to] = [await openSqlServer('source'), await openSqlServer('target')];
  [source, target] = [databaseOf(from, 'Shop'), databaseOf(to, 'Reports')];
  for (const database of [source, target]) {
    await databaseOf(database.server, 'master').sql(`CREATE DATABASE ${database.name}`);
    await database.sql(USERS);
  }
  await source.sql('INSERT INTO dbo.Users VALUES (1, 0), (2, 0)');
  folder = mkdtempSync(join(tmpdir(), 'sluice-control-'));
  process.env.CONTROL_URL = to.url('master');
  process.env.BRANCH_PASSWORD = from.password;
  writeFileSync(
    join(folder, 'sluice.yaml'),
    `version: 1
connections:
  control: { engine: sqlserver, url: "\${CONTROL_URL}" }
controlTables: { connection: control, variables: [BRANCH_PASSWORD] }
`,
  );
  control.keep(rows());
});

afterAll(async () => {
  delete process.env.CONTROL_URL;
  delete process.env.BRANCH_PASSWORD;
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([source.drop(), target.drop()]);
  await Promise.all([from.close(), to.close()]);
});

/** The password is a variable, in quotes as it may hold anything. */
function rows(): ControlContent {
  const encrypt = from.standIn === null ? 'true;trustServerCertificate=true' : 'disable';
  const place = (database: string) => ({ database, schema: 'dbo', table: 'Users' });
  return {
    servers: [
      {
        serverId: 1,
        name: 'Branch',
        connectionString: `server=${from.host},${String(from.port)};user id=${from.user};password="\${BRANCH_PASSWORD}";database=master;encrypt=${encrypt}`,
        enabled: true,
      },
    ],
    mappings: [
      {
        mappingId: 5,
        serverId: 1,
        source: place('Shop'),
        target: place('Reports'),
        keyColumns: 'UserID',
        resetColumn: 'FullSyncTrigger',
        enabled: true,
        cdc: false,
      },
    ],
  };
}

const memory = new Map<string, ReturnType<typeof readConfiguration>>();
const options = () => ({ configPath: join(folder, 'sluice.yaml'), control, memory });

function use<T>(work: (session: PipelineSession) => Promise<T>): Promise<T> {
  return PipelineSession.use(options(), NAME, 'test', work);
}

async function reported(tables: FakeControlTables, news: ControlNews): Promise<ControlReport> {
  const [pipeline] = readConfiguration(options()).controlPipelines;
  if (pipeline === undefined) throw new Error('The rows declare no pipeline.');
  const before = tables.reports.length;
  await use((session) => reportPipeline(session, pipeline, tables, news));
  const none = { statuses: [], logs: [], errors: [], verifications: [] };
  return tables.reports[before]?.report ?? none;
}

describe('a pipeline of rows', () => {
  it('opens the databases that its mapping names, by the string of its server', async () => {
    const names = await use(async (session) => {
      const facts = await reconcile(session, { attributes: false, worker: 'w', detach: 'refuse' });
      expect(facts.targets).toMatchObject([{ target: 'dest', tables: 1, away: null }]);
      const { state } = await session.target('dest');
      return state.tables.list(NAME);
    });
    expect(names).toMatchObject([
      { source: { schema: 'dbo', table: 'Users' }, mode: 'full', enabled: true },
    ]);
    expect(await target.sql('select pipeline from sluice.table_state')).toEqual([
      { pipeline: NAME },
    ]);
  });

  it('has what happens in its destination reported once', async () => {
    const tables = new FakeControlTables();
    const news = new ControlNews();
    await use(async (session) => {
      const { state } = await session.target('dest');
      const [row] = await state.tables.list(NAME);
      if (row === undefined) throw new Error('no table');
      const facts = { fingerprint: 'f', rowsEstimated: 2, requestId: 'r' };
      await state.tables.beginEpoch(row.tableId, facts);
      await state.journal.event({
        pipeline: NAME,
        target: 'dest',
        tableId: row.tableId,
        level: 'info',
        kind: 'k',
        message: 'It began.',
      });
    });
    const first = await reported(tables, news);
    expect(first.statuses).toMatchObject([
      { mappingId: 5, key: '1', syncType: 'FULL_SYNC', status: 'RUNNING' },
    ]);
    expect(first.logs).toContainEqual(
      expect.objectContaining({ mappingId: 5, level: 'INFO', message: 'It began.' }),
    );
    expect(await reported(tables, news)).toMatchObject({ statuses: [], logs: [], errors: [] });
  });

  it('is detached when its rows have left, and its tables are free for another', async () => {
    const loaded = readConfiguration(options());
    memory.set(NAME, loaded);
    control.keep({ servers: [], mappings: [] });
    const idle = { running: false, status: 'COMPLETED', runId: null };
    const never = () => Promise.reject(new Error('nothing is asked of one that does not run'));
    const client = {
      pipelineState: () => Promise.resolve(idle),
      laneState: () => Promise.resolve(idle),
      startPipeline: never,
      commandPipeline: never,
    };
    const ignore = (): void => undefined;
    const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    expect(await letGo({ session: options(), client, logger }, NAME)).toBe(true);
    expect(await target.sql('select phase, wanted, wanted_by from sluice.table_state')).toEqual([
      { phase: 'detached', wanted: 'detach', wanted_by: 'configuration' },
    ]);
    expect(memory.has(NAME)).toBe(false);
    control.keep(rows());
  });

  it('says SECRET_MISSING, and no secret, when its string is spoiled while it is in use', async () => {
    const [server] = rows().servers;
    if (server === undefined) throw new Error('no server');
    memory.set(NAME, readConfiguration(options()));
    control.keep({ ...rows(), servers: [{ ...server, connectionString: 'pass hunter2' }] });
    const opening = use(async (session) => (await session.source()).identity());
    await expect(opening).rejects.toMatchObject({ code: 'SECRET_MISSING' });
    await expect(opening).rejects.not.toThrow(/hunter2/);
    control.keep(rows());
  });
});
