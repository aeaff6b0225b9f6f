import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedEvent, FeedName, FeedReader } from '../../../../src/engines/contract/feed.js';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import { waitFor } from '../../../support/wait-for.js';
import type { SourceScene } from '../source-scene.js';
import { commits, eventsUntil, feedName, openSource, tableName, told } from '../source-scene.js';

let scene: SourceScene;
let feed: CdcFeed;
const OWN = feedName('cdc');
const readers: FeedReader[] = [];

async function open(from: string, table: string, name: FeedName = OWN): Promise<FeedReader> {
  // Hardly more than a part at a time: one test cleans up in the middle of a window.
  const options = { wire: 'sqlserver', maxBufferedBytes: 1 };
  const reader = await feed.open(name, from, { ...options, wanted: () => [tableName(table)] });
  readers.push(reader);
  return reader;
}

async function instances(table: string): Promise<string[]> {
  const rows = await scene.sql(
    `SELECT capture_instance AS name FROM cdc.change_tables
      WHERE source_object_id = OBJECT_ID(N'${table}') ORDER BY create_date, object_id`,
  );
  return rows.map((row) => String(row.name));
}

function lost(events: readonly FeedEvent[]): string[] {
  return events.flatMap((event) => (event.kind === 'lost' ? [event.reason] : []));
}

beforeAll(async () => {
  scene = await openSource('instances');
  feed = new CdcFeed(scene.feeds, {
    poll: { shortestMs: 50, longestMs: 500 },
    tendEveryMs: 200,
  });
  await feed.prepare(OWN);
});

afterAll(async () => {
  await Promise.all(readers.map((reader) => reader.close()));
  await scene.close();
});

describe('a table that gets a column', () => {
  it('11.9: gets a second instance, which is read where the first one ends, and the first one goes', async () => {
    await scene.sql('CREATE TABLE dbo.grows (id int NOT NULL PRIMARY KEY, a int NULL)');
    await feed.addTables(OWN, [tableName('dbo.grows')]);
    const [mark] = await feed.memberships(OWN, [tableName('dbo.grows')]);
    const reader = await open(await feed.copiedUpTo(), 'dbo.grows');
    await scene.sql('INSERT INTO dbo.grows (id, a) VALUES (1, 1)');
    const first = await eventsUntil(reader, 'the first row', (all) => commits(all) >= 1);
    expect(told(first)).toEqual(['i grows 1,1', '|']);
    const [before] = await instances('dbo.grows');
    await scene.sql('ALTER TABLE dbo.grows ADD b int NULL');
    await waitFor('the second instance is there', async () => {
      await reader.read(100, true);
      return (await instances('dbo.grows')).length === 2;
    });
    await feed.copiedUpTo();
    await scene.sql('INSERT INTO dbo.grows (id, a, b) VALUES (2, 2, 20)');
    const second = await eventsUntil(reader, 'the second row', (all) => commits(all) >= 1);
    expect(told(second)).toEqual(['i grows 2,2,20', '|']);
    await waitFor('the first instance is gone', async () => {
      for (const event of await reader.read(100, true)) {
        if (event.kind === 'idle') reader.acknowledge(event.position);
      }
      return (await instances('dbo.grows')).length === 1;
    });
    expect(await instances('dbo.grows')).not.toContain(before);
    expect(await feed.memberships(OWN, [tableName('dbo.grows')])).toEqual([mark]);
  });

  it('needs a new copy where rows were written before the second instance was there', async () => {
    await scene.sql('CREATE TABLE dbo.gap (id int NOT NULL PRIMARY KEY, a int NULL)');
    await feed.addTables(OWN, [tableName('dbo.gap')]);
    const from = await feed.copiedUpTo();
    await scene.sql(`
ALTER TABLE dbo.gap ADD b int NULL;
GO
INSERT INTO dbo.gap (id, a, b) VALUES (1, 1, 10);`);
    await feed.copiedUpTo();
    const reader = await open(from, 'dbo.gap');
    await waitFor('the second instance is there', async () => {
      await reader.read(100, true);
      return (await instances('dbo.gap')).length === 2;
    });
    const past = await feed.copiedUpTo();
    await scene.sql('INSERT INTO dbo.gap (id) VALUES (2)');
    const again = await open(from, 'dbo.gap');
    const events = await eventsUntil(again, 'the loss', (all) => lost(all).length > 0);
    expect(lost(events)).toEqual([expect.stringContaining('new columns')]);
    expect(past > from).toBe(true);
  });

  it('is set aside with the statement where Sluice may make no instance', async () => {
    await scene.sql(`
CREATE TABLE dbo.theirs (id int NOT NULL PRIMARY KEY, a int NULL);
GO
EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'theirs', @role_name = NULL`);
    const name = feedName('cdc', { mayCreate: false });
    await feed.addTables(name, [tableName('dbo.theirs')]);
    const reader = await open(await feed.copiedUpTo(), 'dbo.theirs', name);
    await scene.sql('ALTER TABLE dbo.theirs ADD b int NULL');
    const events = await eventsUntil(reader, 'the loss', (all) => lost(all).length > 0);
    const [reason] = lost(events);
    expect(reason).toContain('The capture instance dbo_theirs of dbo.theirs does not capture b');
    expect(reason).toContain("@capture_instance = N'dbo_theirs_2'");
    expect(await instances('dbo.theirs')).toEqual(['dbo_theirs']);
  });
});

describe('changes that are gone', () => {
  it('8.2: because the clean-up passed the position are a loss of that table only', async () => {
    await scene.sql(`
CREATE TABLE dbo.old (id int NOT NULL PRIMARY KEY);
CREATE TABLE dbo.other (id int NOT NULL PRIMARY KEY);`);
    await feed.addTables(OWN, [tableName('dbo.old'), tableName('dbo.other')]);
    const from = await feed.copiedUpTo();
    await scene.sql(`
INSERT INTO dbo.old (id) VALUES (1);
GO
INSERT INTO dbo.old (id) VALUES (2);`);
    await feed.copiedUpTo();
    const [instance] = await instances('dbo.old');
    await scene.sql(`
DECLARE @mark binary(10) = sys.fn_cdc_get_max_lsn();
EXEC sys.sp_cdc_cleanup_change_table @capture_instance = N'${instance ?? ''}', @low_water_mark = @mark, @threshold = 5000`);
    const options = { wire: 'sqlserver', maxBufferedBytes: 1024 * 1024 };
    const tables = [tableName('dbo.old'), tableName('dbo.other')];
    const reader = await feed.open(OWN, from, { ...options, wanted: () => tables });
    readers.push(reader);
    await scene.sql('INSERT INTO dbo.other (id) VALUES (7)');
    const events = await eventsUntil(reader, 'the loss and the other row', (all) =>
      told(all).includes('i other 7'),
    );
    expect(told(events).filter((line) => line.startsWith('lost'))).toEqual(['lost old']);
    expect(lost(events)).toEqual([expect.stringContaining('clean-up')]);
  });

  it('8.2: because the clean-up came while they were read are a loss, told before what follows', async () => {
    await scene.sql(
      'CREATE TABLE dbo.large (id int NOT NULL PRIMARY KEY, pad nvarchar(2000) NULL)',
    );
    await feed.addTables(OWN, [tableName('dbo.large')]);
    const from = await feed.copiedUpTo();
    for (let n = 0; n < 3; n += 1) {
      await scene.sql(`
INSERT INTO dbo.large (id, pad)
SELECT TOP (500) ${String(n * 500)} + ROW_NUMBER() OVER (ORDER BY a.object_id), REPLICATE(N'x', 2000)
  FROM sys.columns AS a CROSS JOIN sys.columns AS b`);
    }
    const end = await feed.copiedUpTo();
    const reader = await open(from, 'dbo.large');
    const begin = await eventsUntil(reader, 'the first part', (all) => all.length > 0);
    expect(commits(begin)).toBe(0);
    const [instance] = await instances('dbo.large');
    await scene.sql(`
DECLARE @mark binary(10) = sys.fn_cdc_get_max_lsn();
EXEC sys.sp_cdc_cleanup_change_table @capture_instance = N'${instance ?? ''}', @low_water_mark = @mark, @threshold = 5000`);
    const reaches = (event: FeedEvent): boolean =>
      (event.kind === 'commit' || event.kind === 'idle') && event.position >= end;
    const events = await eventsUntil(reader, 'the end', (all) => all.some(reaches));
    expect(lost(events)).toEqual([expect.stringContaining('clean-up')]);
    const at = events.findIndex(({ kind }) => kind === 'lost');
    expect(at).toBeLessThan(events.findIndex(reaches));
  });

  it('because somebody dropped the instance are a loss of that table only', async () => {
    await scene.sql('CREATE TABLE dbo.dropped (id int NOT NULL PRIMARY KEY)');
    await feed.addTables(OWN, [tableName('dbo.dropped')]);
    const reader = await open(await feed.copiedUpTo(), 'dbo.dropped');
    await scene.sql('INSERT INTO dbo.dropped (id) VALUES (1)');
    await eventsUntil(reader, 'the row', (all) => commits(all) >= 1);
    const [instance] = await instances('dbo.dropped');
    await scene.sql(`
EXEC sys.sp_cdc_disable_table @source_schema = N'dbo', @source_name = N'dropped',
     @capture_instance = N'${instance ?? ''}';
GO
INSERT INTO dbo.grows (id) VALUES (70);`);
    const events = await eventsUntil(reader, 'the loss', (all) => lost(all).length > 0);
    expect(lost(events)).toEqual([expect.stringContaining('was dropped')]);
    const [membership] = await feed.memberships(OWN, [tableName('dbo.dropped')]);
    expect(membership?.mark).toBeNull();
  });
});
