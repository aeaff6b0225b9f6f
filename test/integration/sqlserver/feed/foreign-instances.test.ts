import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedReader } from '../../../../src/engines/contract/feed.js';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import type { SourceScene } from '../source-scene.js';
import { commits, eventsUntil, feedName, openSource, tableName, told } from '../source-scene.js';

let scene: SourceScene;
let feed: CdcFeed;
const readers: FeedReader[] = [];

async function open(from: string, table: string): Promise<FeedReader> {
  const options = { wire: 'sqlserver', maxBufferedBytes: 1024 * 1024 };
  const wanted = () => [tableName(table)];
  const reader = await feed.open(feedName('cdc'), from, { ...options, wanted });
  readers.push(reader);
  return reader;
}

async function instances(): Promise<unknown[]> {
  return scene.sql('SELECT capture_instance AS name FROM cdc.change_tables ORDER BY object_id');
}

beforeAll(async () => {
  scene = await openSource('foreign');
  feed = new CdcFeed(scene.feeds, { poll: { shortestMs: 50, longestMs: 500 }, tendEveryMs: 100 });
  await feed.prepare(feedName('cdc'));
  await scene.sql(`
CREATE TABLE dbo.shared (id int NOT NULL PRIMARY KEY, a int NULL);
EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'shared', @role_name = NULL;
EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'shared', @role_name = NULL,
  @capture_instance = N'audit';`);
});

afterAll(async () => {
  await Promise.all(readers.map((reader) => reader.close()));
  await scene.close();
});

describe('capture instances that others made', () => {
  it('11.9: are used as they are, each change once, and never dropped', async () => {
    await feed.addTables(feedName('cdc'), [tableName('dbo.shared')]);
    const reader = await open(await feed.copiedUpTo(), 'dbo.shared');
    await scene.sql('INSERT INTO dbo.shared (id, a) VALUES (1, 1)');
    const events = await eventsUntil(reader, 'the row', (all) => commits(all) >= 1);
    expect(told(events)).toEqual(['i shared 1,1', '|']);
    expect(await feed.drop(feedName('cdc'))).toEqual([]);
    expect(await instances()).toEqual([{ name: 'dbo_shared' }, { name: 'audit' }]);
  });

  it('11.9: leave no room for a third (22962): the table is set aside with the sentence', async () => {
    const reader = await open(await feed.copiedUpTo(), 'dbo.shared');
    await scene.sql('ALTER TABLE dbo.shared ADD b int NULL');
    const events = await eventsUntil(reader, 'the loss', (all) =>
      told(all).includes('lost shared'),
    );
    expect(events.find(({ kind }) => kind === 'lost')).toMatchObject({
      reason: expect.stringMatching(/two capture instances.*sp_cdc_disable_table/) as string,
    });
    await expect(feed.addTables(feedName('cdc'), [tableName('dbo.shared')])).rejects.toMatchObject({
      code: 'FEED_NOT_ENABLED',
      vendorCode: '22962',
      message: expect.stringContaining('dbo_shared and audit') as string,
    });
    expect(await instances()).toHaveLength(2);
  });
});

describe('capture instances that Sluice makes', () => {
  it('11.9: have the name, the role and the filegroup of the configuration', async () => {
    await scene.sql('CREATE TABLE dbo.mine (id int NOT NULL PRIMARY KEY)');
    const own = { cdcRole: 'readers', cdcFilegroup: 'PRIMARY', cdcInstancePrefix: 'sluice_eu_' };
    await feed.addTables(feedName('cdc', { own }), [tableName('dbo.mine')]);
    const rows = await scene.sql(`
SELECT capture_instance AS name, role_name AS role, filegroup_name AS filegroup
  FROM cdc.change_tables WHERE source_object_id = OBJECT_ID(N'dbo.mine')`);
    expect(rows).toEqual([
      {
        name: expect.stringMatching(/^sluice_eu_/) as string,
        role: 'readers',
        filegroup: 'PRIMARY',
      },
    ]);
  });
});
