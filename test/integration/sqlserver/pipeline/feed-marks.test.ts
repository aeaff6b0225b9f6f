/**
 * What happened to a table while no lane ran: no reader remembers it, only the mark of the table's
 * place in the feed that was kept when it was copied.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchCatalogue } from '../../../../src/activities/watch/watch-catalogue.js';
import type { FeedKind } from '../../../../src/core/feed-kind.js';
import type { TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import { openPipeline, TARGET, type PipelineScene } from './pipeline-scene.js';

let server: TestMsServer;
const scenes: PipelineScene[] = [];

beforeAll(async () => {
  server = await openSqlServer();
});
afterAll(async () => {
  for (const scene of scenes) await scene.close();
  await server.close();
});

async function open(kind: FeedKind, tables: readonly string[]): Promise<PipelineScene> {
  const scene = await openPipeline(
    kind,
    {
      source: { enableCdc: true, enableChangeTracking: true },
      pipeline: { defaults: { mode: kind } },
    },
    server,
  );
  scenes.push(scene);
  for (const table of tables) {
    await scene.source.sql(`CREATE TABLE dbo.${table} (id int NOT NULL PRIMARY KEY)`);
  }
  await scene.reconcile();
  return scene;
}

/** As its copy leaves it. */
async function stream(scene: PipelineScene, kind: FeedKind, table: string): Promise<void> {
  const { tableId, source: name } = await scene.row(`dbo.${table}`);
  await scene.use(async (session) => {
    const source = await session.source();
    const { tables } = (await session.target(TARGET)).state;
    const feed = session.feedName(TARGET, kind);
    await source.feed(kind).addTables(feed, [name]);
    const [model] = await source.listTables([name]);
    const [membership] = await source.feed(kind).memberships(feed, [name]);
    const fingerprint = model?.fingerprint ?? '';
    await tables.beginEpoch(tableId, { fingerprint, rowsEstimated: 0, requestId: 'test' });
    await tables.setFeedMark(tableId, membership?.mark ?? null);
    await tables.setPhase(tableId, 'streaming', 'test');
  });
}

async function watched(scene: PipelineScene, table: string): Promise<string> {
  await scene.use(async (session) => watchCatalogue(session, TARGET));
  const { phase, faultCode } = await scene.row(`dbo.${table}`);
  return faultCode === null ? phase : `${phase} ${faultCode}`;
}

const OUT = 'quarantined FEED_CHANGED';

describe('a table of Change Tracking that no lane looked at', () => {
  let scene: PipelineScene;
  beforeAll(async () => {
    scene = await open('changeTracking', ['emptied', 'switched', 'quiet']);
    for (const table of ['emptied', 'switched', 'quiet']) {
      await stream(scene, 'changeTracking', table);
    }
  });

  it('is copied again after a TRUNCATE', async () => {
    await scene.source.sql('INSERT INTO dbo.emptied VALUES (1)');
    expect(await watched(scene, 'emptied')).toBe('streaming');
    await scene.source.sql('TRUNCATE TABLE dbo.emptied; INSERT INTO dbo.emptied VALUES (2);');
    expect(await watched(scene, 'emptied')).toBe(OUT);
  });

  it('is copied again after tracking was off and on', async () => {
    await scene.source.sql(`
ALTER TABLE dbo.switched DISABLE CHANGE_TRACKING;
INSERT INTO dbo.switched VALUES (1);
ALTER TABLE dbo.switched ENABLE CHANGE_TRACKING;`);
    expect(await watched(scene, 'switched')).toBe(OUT);
  });

  it('goes on where nothing of it changed but rows', async () => {
    await scene.source.sql('INSERT INTO dbo.quiet VALUES (1)');
    expect(await watched(scene, 'quiet')).toBe('streaming');
  });
});

describe('a table of Change Data Capture that no lane looked at', () => {
  const enable = (table: string): string =>
    `EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'${table}', @role_name = NULL, @capture_instance = N'${table}'`;
  const disable = (table: string): string =>
    `EXEC sys.sp_cdc_disable_table @source_schema = N'dbo', @source_name = N'${table}', @capture_instance = N'all'`;
  let scene: PipelineScene;
  beforeAll(async () => {
    scene = await open('cdc', ['theirs', 'ours', 'rest']);
    await scene.source.sql(enable('theirs'));
    for (const table of ['theirs', 'ours', 'rest']) await stream(scene, 'cdc', table);
  });

  it('is copied again where its instance was dropped and made again by the same name', async () => {
    expect(await watched(scene, 'theirs')).toBe('streaming');
    await scene.source.sql(`${disable('theirs')};\nGO\nINSERT INTO dbo.theirs VALUES (1);`);
    await scene.source.sql(enable('theirs'));
    expect(await watched(scene, 'theirs')).toBe(OUT);
  });

  it('is copied again where its instance is gone', async () => {
    await scene.source.sql(disable('ours'));
    expect(await watched(scene, 'ours')).toBe(OUT);
  });

  it('goes on where nothing of it changed but rows', async () => {
    await scene.source.sql('INSERT INTO dbo.rest VALUES (1)');
    expect(await watched(scene, 'rest')).toBe('streaming');
  });
});
