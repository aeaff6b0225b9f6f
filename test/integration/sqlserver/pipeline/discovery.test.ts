/** Tables with Change Tracking on appear by themselves, paused until somebody enables them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wantedTables, whyTablesDiffer } from '../../../../src/activities/control/children-gone.js';
import type { TableRow } from '../../../../src/state/store.js';
import { openSqlServer, type TestMsServer } from '../../../support/sqlserver/server.js';
import { openPipeline, TARGET, type PipelineScene } from './pipeline-scene.js';

let server: TestMsServer;
let scene: PipelineScene;

const INCLUDE_NOTHING = { pipeline: { tables: { include: [] } } };
const TRACK = 'ENABLE CHANGE_TRACKING WITH (TRACK_COLUMNS_UPDATED = ON)';

beforeAll(async () => {
  server = await openSqlServer();
});
afterAll(async () => server.close());

beforeEach(async () => {
  scene = await openPipeline('discovery', INCLUDE_NOTHING, server);
  await scene.source.sql(`
    ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON)
    GO
    CREATE TABLE dbo.[User] (id bigint NOT NULL PRIMARY KEY, username varchar(100));
    CREATE TABLE dbo.plain (id int NOT NULL PRIMARY KEY);
    ALTER TABLE dbo.[User] ${TRACK};`);
});
afterEach(async () => scene.close());

async function rows(): Promise<readonly TableRow[]> {
  return scene.use(async (session) => {
    const { state } = await session.target(TARGET);
    return state.tables.list(session.pipeline);
  });
}

/** What the watch of a running pipeline would say. */
async function why(): Promise<string | null> {
  return scene.use(async (session) =>
    whyTablesDiffer(session, TARGET, await wantedTables(session)),
  );
}

async function user(): Promise<TableRow> {
  const found = (await rows()).find(({ source }) => source.table === 'User');
  if (found === undefined) throw new Error('The table was not discovered.');
  return found;
}

const RUNS = {
  enabled: true,
  wanted: 'run',
  mode: 'changeTracking',
  laneId: expect.any(String) as string,
};

describe('a table with Change Tracking on that no pattern names', () => {
  it('appears, paused with its reason, and nothing is made for it', async () => {
    await scene.reconcile();
    expect((await rows()).map(({ source }) => source.table)).toEqual(['User']);
    expect(await user()).toMatchObject({ enabled: false, wanted: 'pause', laneId: null });
    expect(await why()).toBeNull();
    await scene.source.sql(`ALTER TABLE dbo.plain ${TRACK}`);
    expect(await why()).toBe('dbo.plain discovered for copy');
    await scene.reconcile();
    expect(await rows()).toHaveLength(2);
    expect(await why()).toBeNull();
  });

  it.each([
    ['wanted', `wanted = 'run'`],
    ['enabled', 'enabled = 1'],
  ])('starts by one UPDATE of %s, and goes on when its tracking ends', async (_column, set) => {
    await scene.reconcile();
    await scene.target.sql(`UPDATE sluice.table_state SET ${set} WHERE source_table = 'User'`);
    expect(await why()).toBe('dbo.User was asked for on copy');
    await scene.reconcile();
    expect(await user()).toMatchObject({ ...RUNS, discovered: true });
    expect(await why()).toBeNull();
    await scene.source.sql('ALTER TABLE dbo.[User] DISABLE CHANGE_TRACKING');
    await scene.reconcile();
    expect(await user()).toMatchObject({ enabled: true, wanted: 'run' });
  });

  it.each([
    ['a pattern', { include: ['dbo.User'] }],
    ['a setting', { include: [], settings: { 'dbo.*': { enabled: true } } }],
  ])('starts by %s of the configuration', async (_what, tables) => {
    await scene.reconcile();
    await scene.configure({ pipeline: { tables } });
    expect(await why()).toBe('dbo.User is named by the configuration now');
    await scene.reconcile();
    expect(await user()).toMatchObject({ ...RUNS, discovered: false });
    expect(await why()).toBeNull();
  });

  it('is replicated with discover: enabled, and not seen with off or where it is excluded', async () => {
    const exclude = { pipeline: { tables: { include: ['dbo.plain'], exclude: ['dbo.User'] } } };
    await scene.configure({
      source: { discover: 'off' },
      pipeline: { tables: { include: ['dbo.plain'] } },
    });
    await scene.reconcile();
    await scene.configure(exclude);
    await scene.reconcile();
    expect((await rows()).map(({ source }) => source.table)).toEqual(['plain']);
    await scene.configure({ source: { discover: 'enabled' }, ...INCLUDE_NOTHING });
    await scene.reconcile();
    expect(await user()).toMatchObject(RUNS);
  });

  it('leaves when it is not offered any more, and waits again when it is', async () => {
    await scene.reconcile();
    await scene.source.sql('ALTER TABLE dbo.[User] DISABLE CHANGE_TRACKING');
    expect(await why()).toBe('dbo.User is not offered any more');
    await scene.reconcile();
    expect(await user()).toMatchObject({ wanted: 'detach' });
    expect(await why()).toBeNull();
    await scene.source.sql(`ALTER TABLE dbo.[User] ${TRACK}`);
    await scene.reconcile();
    expect(await user()).toMatchObject({ wanted: 'pause', enabled: false });
  });
});
