import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedReader } from '../../../../src/engines/contract/feed.js';
import { readIdentity } from '../../../../src/engines/sqlserver/catalog/identity.js';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import { decrement } from '../../../../src/engines/sqlserver/feed/cdc/lsn.js';
import type { SourceScene } from '../source-scene.js';
import { commits, eventsUntil, feedName, openSource, tableName, told } from '../source-scene.js';

let scene: SourceScene;
let feed: CdcFeed;
const name = feedName('cdc');
const CUSTOMER = tableName('dbo.customer');
const ORDER = tableName('sales.order');
const readers: FeedReader[] = [];

async function open(from: string, wanted = [CUSTOMER, ORDER]): Promise<FeedReader> {
  const options = { wire: 'sqlserver', maxBufferedBytes: 1024 * 1024 };
  const reader = await feed.open(name, from, { ...options, wanted: () => wanted });
  readers.push(reader);
  return reader;
}

beforeAll(async () => {
  scene = await openSource('cdc');
  feed = new CdcFeed(scene.feeds);
  await scene.sql(`
CREATE TABLE dbo.customer (
  id int NOT NULL PRIMARY KEY, name nvarchar(50) NULL, letter nvarchar(max) NULL,
  score decimal(10,4) NULL, twice AS (id * 2));
GO
CREATE SCHEMA sales;
GO
CREATE TABLE sales.[order] (
  id int NOT NULL PRIMARY KEY, customer int NOT NULL, total money NULL, seen datetime2(7) NULL);`);
});

afterAll(async () => {
  await Promise.all(readers.map((reader) => reader.close()));
  await scene.close();
});

describe('switching Change Data Capture on', () => {
  it('is refused with the statement to run where the configuration does not allow it', async () => {
    const asked = feed.prepare(feedName('cdc', { mayCreate: false }));
    await expect(asked).rejects.toMatchObject({
      code: 'FEED_NOT_ENABLED',
      remedy: expect.stringContaining('sp_cdc_enable_db') as string,
    });
  });

  it('happens once, and tells what was made', async () => {
    const first = await feed.prepare(name);
    const { name: database } = scene.database;
    expect(first.created).toEqual([`cdc ${database}`, `captureInstances ${database}`]);
    const second = await feed.prepare(name);
    expect(second.created).toEqual([]);
  });

  it('11.9: makes an instance with a name of Sluice for each table, once', async () => {
    await feed.addTables(name, [CUSTOMER, ORDER]);
    await feed.addTables(name, [CUSTOMER, ORDER]);
    const rows = await scene.sql('SELECT capture_instance AS name FROM cdc.change_tables');
    expect(rows).toHaveLength(2);
    for (const row of rows)
      expect(row).toMatchObject({ name: expect.stringMatching(/^sluice_/) as string });
    const marks = await feed.memberships(name, [CUSTOMER, ORDER, tableName('dbo.none')]);
    expect(marks.map(({ mark }) => mark === null)).toEqual([false, false, true]);
  });

  it('names the table and the statement where it is not allowed', async () => {
    await scene.sql('CREATE TABLE dbo.other (id int NOT NULL PRIMARY KEY)');
    const asked = feed.addTables(feedName('cdc', { mayCreate: false }), [tableName('dbo.other')]);
    await expect(asked).rejects.toMatchObject({
      code: 'FEED_NOT_ENABLED',
      message: expect.stringContaining('dbo.other') as string,
      remedy: expect.stringContaining("@source_name = N'other'") as string,
    });
  });

  it('is refused for a table without a key', async () => {
    await scene.sql('CREATE TABLE dbo.keyless (id int NULL)');
    const asked = feed.addTables(name, [tableName('dbo.keyless')]);
    await expect(asked).rejects.toMatchObject({ code: 'KEY_MISSING' });
  });
});

describe('reading the change tables', () => {
  it('brings whole transactions over all tables in commit order', async () => {
    const from = await feed.copiedUpTo();
    const reader = await open(from);
    await scene.sql(`
BEGIN TRAN;
INSERT INTO dbo.customer (id, name, letter, score) VALUES (1, N'Ann', N'dear', 1.5);
INSERT INTO sales.[order] (id, customer, total, seen) VALUES (10, 1, 12.3456, '2026-01-02T03:04:05.1234567');
COMMIT;
GO
UPDATE dbo.customer SET name = N'Änne 😀' WHERE id = 1;
GO
DELETE FROM sales.[order] WHERE id = 10;`);
    const events = await eventsUntil(reader, 'three transactions', (all) => commits(all) >= 3);
    expect(told(events)).toEqual([
      'i customer 1,Ann,dear,1.5000',
      'i order 10,1,12.3456,2026-01-02 03:04:05.1234567',
      '|',
      'u customer 1,Änne 😀,…,1.5000',
      '|',
      'd order was 10,,,',
      '|',
    ]);
  });

  it('begins again behind any position that was told', async () => {
    const from = await feed.copiedUpTo();
    const first = await open(from);
    await scene.sql(`
INSERT INTO dbo.customer (id, name) VALUES (2, N'Bob');
GO
INSERT INTO dbo.customer (id, name) VALUES (3, N'Cid');`);
    const events = await eventsUntil(first, 'two transactions', (all) => commits(all) >= 2);
    const [commit] = events.flatMap((event) => (event.kind === 'commit' ? [event] : []));
    const again = await open(commit?.position ?? '');
    const rest = await eventsUntil(again, 'the second one', (all) => commits(all) >= 1);
    expect(told(rest)).toEqual(['i customer 3,Cid,,', '|']);
    expect(Math.abs((commit?.time.getTime() ?? 0) - Date.now())).toBeLessThan(120_000);
  });

  it('8.2: moves on where nothing happened, and only tells tables that are wanted', async () => {
    const from = await feed.copiedUpTo();
    const reader = await open(from, [ORDER]);
    await scene.sql("INSERT INTO dbo.customer (id, name) VALUES (4, N'Dan')");
    const past = await feed.copiedUpTo();
    const events = await eventsUntil(reader, 'an idle position', (all) =>
      all.some((event) => event.kind === 'idle' && event.position >= past),
    );
    expect(told(events)).toEqual([]);
  });

  it('brings the key from before where it changes', async () => {
    const from = await feed.copiedUpTo();
    const reader = await open(from);
    await scene.sql('UPDATE dbo.customer SET id = 40 WHERE id = 4');
    const events = await eventsUntil(reader, 'the update', (all) => commits(all) >= 1);
    const [first] = told(events);
    // As an update with its old key, or as a delete and an insert, as the log has it.
    expect(['u customer 40,Dan,…, was 4,,,', 'd customer was 4,,,']).toContain(first);
  });

  it('comes in parts where a transaction is large', async () => {
    const from = await feed.copiedUpTo();
    const reader = await open(from);
    await scene.sql(`
INSERT INTO sales.[order] (id, customer)
SELECT TOP (6000) 1000 + ROW_NUMBER() OVER (ORDER BY a.object_id), 1
  FROM sys.columns AS a CROSS JOIN sys.columns AS b CROSS JOIN sys.columns AS c`);
    const events = await eventsUntil(reader, 'the commit', (all) => commits(all) >= 1);
    const parts = events.flatMap((event) => (event.kind === 'changes' ? [event.changes] : []));
    expect(parts.length).toBeGreaterThan(1);
    const ids = new Set(parts.flat().map(({ row }) => String(row?.[0])));
    expect(ids.size).toBe(6_000);
  });

  it('is paged by all four columns: a later command may have lower sequences', async () => {
    const from = await feed.copiedUpTo();
    await scene.sql('INSERT INTO sales.[order] (id, customer) VALUES (7, 1)');
    await feed.copiedUpTo();
    const [table] = await scene.sql(`
SELECT OBJECT_NAME(object_id) AS name FROM cdc.change_tables
 WHERE source_object_id = OBJECT_ID(N'sales.[order]')`);
    const changes = `cdc.[${String(table?.name)}]`;
    // As an update of many unique keys leaves them, more than a page of each command.
    const command = (number: number, operation: number, sequence: number) => `
INSERT INTO ${changes} ([__$start_lsn], [__$seqval], [__$operation], [__$update_mask],
                        id, customer, [__$command_id])
SELECT c.[__$start_lsn], CONVERT(binary(10), CONVERT(bigint, ${sequence} + n.id)), ${operation},
       0x0F, n.id, ${number}, ${number}
  FROM ${changes} AS c
 CROSS JOIN sales.[order] AS n
 WHERE c.id = 7 AND c.[__$command_id] < 100 AND n.id BETWEEN 1001 AND 3000;`;
    await scene.sql(`${command(101, 1, 500_000)} ${command(102, 2, 100_000)}`);
    const reader = await open(from, [ORDER]);
    const events = await eventsUntil(reader, 'the commit', (all) => commits(all) >= 1);
    const ops = told(events).map((line) => line.slice(0, 1));
    expect(ops.filter((op) => op === 'd')).toHaveLength(2_000);
    expect(ops.filter((op) => op === 'i')).toHaveLength(2_001);
  });
});

describe('a checkpoint', () => {
  it('8.2, 11.8: fits while its last transaction is in the log, and not when the log ends before it', async () => {
    const position = await feed.copiedUpTo();
    const lineage = 'elsewhere';
    const beyond = 'f'.repeat(20);
    const gap = await feed.findGap(name, { position: beyond, lineage, last: null });
    expect(gap?.reason).toContain('restored');
    const reader = await open(position);
    await scene.sql("INSERT INTO dbo.customer (id, name) VALUES (50, N'Eve')");
    const events = await eventsUntil(reader, 'a commit', (all) => commits(all) >= 1);
    const last = events.find((event) => event.kind === 'commit');
    if (last?.kind !== 'commit') throw new Error('There was no commit.');
    const checkpoint = { position: last.position, lineage, last };
    expect(await feed.findGap(name, checkpoint)).toBeNull();
    const other = { ...last, time: new Date(last.time.getTime() - 60_500) };
    const wrong = await feed.findGap(name, { ...checkpoint, last: other });
    expect(wrong?.reason).toContain('restored');
  });

  it('8.2, 11.8: of the very database is a gap where its log ends before it, or lacks its last transaction', async () => {
    const { lineage } = await scene.read.use(({ query }) => readIdentity(query));
    const beyond = { position: 'f'.repeat(20), lineage, last: null };
    expect((await feed.findGap(name, beyond))?.reason).toContain('ends before the position');
    const position = await feed.copiedUpTo();
    const lacking = { position: decrement(position), time: new Date() };
    const gap = await feed.findGap(name, { position, lineage, last: lacking });
    expect(gap?.reason).toContain('is not in the log');
    // Everything from before it is gone, too: cleaned away, which is no other history.
    const cleaned = { position: '1'.padStart(20, '0'), time: new Date() };
    expect(await feed.findGap(name, { position, lineage, last: cleaned })).toBeNull();
  });
});

describe('removing', () => {
  it('11.9: drops the instances that Sluice made for this feed, and no other', async () => {
    await scene.sql(
      "EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'other', @role_name = NULL",
    );
    const dropped = await feed.drop(name);
    expect(dropped).toHaveLength(2);
    const rows = await scene.sql('SELECT capture_instance AS name FROM cdc.change_tables');
    expect(rows).toEqual([{ name: 'dbo_other' }]);
  });
});
