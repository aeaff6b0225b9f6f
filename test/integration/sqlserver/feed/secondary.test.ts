import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import { ChangeTrackingFeed } from '../../../../src/engines/sqlserver/feed/change-tracking/change-tracking-feed.js';
import { preflightSource } from '../../../../src/engines/sqlserver/preflight/preflight.js';
import { openResetTriggers } from '../../../../src/engines/sqlserver/reset-trigger/reset-trigger-source.js';
import type { SourceScene } from '../source-scene.js';
import { feedName, openSource, tableName } from '../source-scene.js';

const ITEM = tableName('dbo.item');
const OPTIONS = { wire: 'sqlserver', maxBufferedBytes: 1024 * 1024 };

let scene: SourceScene;

beforeAll(async () => {
  scene = await openSource('routed');
  await scene.sql(`
CREATE TABLE dbo.item (id int NOT NULL PRIMARY KEY, again bit NULL);
INSERT INTO dbo.item (id, again) VALUES (1, 1), (2, 0);
EXEC standin.routing @on = 1;`);
});
afterAll(async () => scene.close());

const real = (process.env.SLUICE_TEST_SQLSERVER_URL ?? '') !== '';

describe.skipIf(real)('a source whose readers are led to a secondary (needs the stand-in)', () => {
  it('cannot be written to by them', async () => {
    const update = 'UPDATE dbo.item SET again = 0 WHERE id = 2';
    await expect(scene.read.use(({ query }) => query(update))).rejects.toMatchObject({
      vendorCode: '3906',
    });
  });

  it('11.6: has Change Data Capture set up on the server that takes the writes', async () => {
    const feed = new CdcFeed(scene.feeds);
    const name = feedName('cdc');
    const { position } = await feed.prepare(name);
    await feed.addTables(name, [ITEM]);
    const reader = await feed.open(name, position, { ...OPTIONS, wanted: () => [ITEM] });
    await reader.close();
    const instances = await scene.sql('SELECT capture_instance FROM cdc.change_tables');
    expect(instances).toHaveLength(1);
    await feed.drop(name);
  });

  it('11.6: has its reset trigger set back on the server that takes the writes', async () => {
    const triggers = openResetTriggers(scene.read, scene.change);
    const model = await scene.model('dbo.item');
    expect(await triggers.raised(ITEM, 'again')).toBe(true);
    expect(await triggers.reset(model, 'again', [['1']])).toBe(1);
    expect(await triggers.raised(ITEM, 'again')).toBe(false);
  });

  it('11.6: is not followed by Change Tracking there, which check and the feed say with the remedy', async () => {
    const feed = new ChangeTrackingFeed(scene.feeds);
    const name = feedName('changeTracking');
    const { position } = await feed.prepare(name);
    await feed.addTables(name, [ITEM]);
    await expect(feed.open(name, position, OPTIONS)).rejects.toMatchObject({
      code: 'FEED_NOT_ENABLED',
      remedy: expect.stringContaining('applicationIntent: readWrite') as string,
    });
    const may = { cdc: true, changeTracking: true, partitionSwitch: true };
    const found = await scene.read.use(({ query }) =>
      preflightSource(query, scene.connection, may),
    );
    expect(found).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        code: 'feed.change-tracking-secondary',
        remedy: expect.stringContaining('applicationIntent: readWrite') as string,
      }),
    );
  });

  it('11.6: is followed by Change Tracking where the configuration names the primary', async () => {
    const connection = { ...scene.connection, readOnlyIntent: false };
    const open = () => connectMs(connection, 'source');
    const feed = new ChangeTrackingFeed({ ...scene.feeds, open });
    const name = feedName('changeTracking');
    const reader = await feed.open(name, await feed.end(), OPTIONS);
    await reader.close();
  });
});
