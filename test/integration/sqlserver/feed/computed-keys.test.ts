/** Neither feed carries computed columns: by the rest of a key several rows would be found. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../../../src/core/change.js';
import type { FeedReader } from '../../../../src/engines/contract/feed.js';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import { ChangeTrackingFeed } from '../../../../src/engines/sqlserver/feed/change-tracking/change-tracking-feed.js';
import type { SourceScene } from '../source-scene.js';
import { commits, eventsUntil, feedName, openSource, tableName } from '../source-scene.js';

let scene: SourceScene;
const readers: FeedReader[] = [];

const table = (name: string, more = '') => `
CREATE TABLE dbo.${name} (
  tenant int NOT NULL, code nvarchar(20) NOT NULL, v int NULL,
  upper_code AS UPPER(code) PERSISTED NOT NULL,
  CONSTRAINT pk_${name} PRIMARY KEY (tenant, upper_code)${more})`;

beforeAll(async () => {
  scene = await openSource('computed keys');
  await scene.sql(`${table('only')}
GO
${table('also', ', CONSTRAINT ux_also UNIQUE (tenant, code)')}
GO
${table('theirs')}`);
});
afterAll(async () => {
  await Promise.all(readers.map((reader) => reader.close()));
  await scene.close();
});

describe('a primary key with a computed column', () => {
  it('is no key by which Change Data Capture could be followed', async () => {
    const feed = new CdcFeed(scene.feeds);
    const name = feedName('cdc');
    await feed.prepare(name);
    const asked = feed.addTables(name, [tableName('dbo.only')]);
    await expect(asked).rejects.toMatchObject({ code: 'KEY_MISSING' });
    expect((await scene.model('dbo.only')).key).toBeNull();
  });

  it('gives way to another unique index', async () => {
    expect((await scene.model('dbo.also')).key).toEqual(['tenant', 'code']);
    await new CdcFeed(scene.feeds).addTables(feedName('cdc'), [tableName('dbo.also')]);
    expect(await keysOf('dbo.also')).toEqual(['tenant', 'code']);
  });

  it('leaves the rows of an instance that somebody made by it without a key', async () => {
    await scene.sql(`EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'theirs',
      @role_name = NULL, @index_name = N'pk_theirs', @supports_net_changes = 0`);
    expect(await keysOf('dbo.theirs')).toEqual([]);
  });

  it('is refused by Change Tracking, which is not switched on for the table', async () => {
    const feed = new ChangeTrackingFeed(scene.feeds);
    const name = feedName('changeTracking');
    await feed.prepare(name);
    const asked = feed.addTables(name, [tableName('dbo.also')]);
    await expect(asked).rejects.toMatchObject({
      code: 'KEY_MISSING',
      message: expect.stringContaining('dbo.also has a computed column') as string,
    });
    expect(await scene.sql('SELECT object_id FROM sys.change_tracking_tables')).toEqual([]);
  });
});

/** The columns by which a change of the table names its row. */
async function keysOf(name: string): Promise<string[]> {
  const feed = new CdcFeed(scene.feeds);
  const reader = await feed.open(feedName('cdc'), await feed.copiedUpTo(), {
    ...{ wire: 'sqlserver', maxBufferedBytes: 1024 * 1024 },
    wanted: () => [tableName(name)],
  });
  readers.push(reader);
  await scene.sql(`INSERT INTO ${name} (tenant, code, v) VALUES (1, N'a', 1)`);
  const events = await eventsUntil(reader, 'the row', (all) => commits(all) >= 1);
  const changes = events.flatMap((event): readonly Change[] =>
    event.kind === 'changes' ? event.changes : [],
  );
  const columns = changes[0]?.shape.columns ?? [];
  return columns.filter(({ key }) => key).map((column) => column.name);
}
