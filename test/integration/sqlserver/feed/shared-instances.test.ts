import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChangeFeed, FeedName, FeedReader } from '../../../../src/engines/contract/feed.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import { waitFor } from '../../../support/wait-for.js';
import type { SourceScene } from '../source-scene.js';
import { commits, eventsUntil, feedName, openSource, tableName, told } from '../source-scene.js';

let scene: SourceScene;
let feed: CdcFeed;
const FIRST = feedName('cdc', { target: 'first' });
const SECOND = feedName('cdc', { pipeline: 'another', target: 'second' });
const readers: FeedReader[] = [];

async function open(from: string, table: string, name: FeedName): Promise<FeedReader> {
  const options = { wire: 'sqlserver', maxBufferedBytes: 1024 * 1024 };
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

function marks(): Promise<unknown[]> {
  return scene.sql(
    "SELECT name FROM sys.extended_properties WHERE class = 0 AND name LIKE N'sluice%'",
  );
}

/** Read on until the fact is there; everything is acknowledged. */
async function readUntil(
  reader: FeedReader,
  what: string,
  fact: () => Promise<boolean>,
): Promise<void> {
  await waitFor(what, async () => {
    for (const event of await reader.read(100, true)) {
      if (event.kind === 'idle' || event.kind === 'commit') reader.acknowledge(event.position);
    }
    return fact();
  });
}

beforeAll(async () => {
  scene = await openSource('shared');
  feed = new CdcFeed(scene.feeds, { poll: { shortestMs: 50, longestMs: 500 }, tendEveryMs: 100 });
  await feed.prepare(FIRST);
  await feed.prepare(SECOND);
});

afterAll(async () => {
  await Promise.all(readers.map((reader) => reader.close()));
  await scene.close();
});

describe('a capture instance that several targets read', () => {
  it('11.9: is one, whoever of them is quick', async () => {
    await scene.sql('CREATE TABLE dbo.quick (id int NOT NULL PRIMARY KEY)');
    const changes = Array.from({ length: 4 }, () =>
      openSessionPool(() => connectMs(scene.connection, 'change'), 1),
    );
    const adding = changes.map(async (change, n) => {
      const one = new CdcFeed({ ...scene.feeds, change });
      await one.addTables(n % 2 === 0 ? FIRST : SECOND, [tableName('dbo.quick')]);
    });
    await Promise.all(adding).finally(() => Promise.all(changes.map((pool) => pool.close())));
    expect(await instances('dbo.quick')).toHaveLength(1);
    await scene.sql('DROP TABLE dbo.quick');
  });

  it('11.9: stays when a table is detached', async () => {
    await scene.sql('CREATE TABLE dbo.detached (id int NOT NULL PRIMARY KEY)');
    await feed.addTables(FIRST, [tableName('dbo.detached')]);
    const before = await instances('dbo.detached');
    const following: ChangeFeed = feed;
    await following.removeTables(FIRST, [tableName('dbo.detached')]);
    expect(await instances('dbo.detached')).toEqual(before);
  });

  it('11.9: stays when one target is done with it, until the others are', async () => {
    await scene.sql('CREATE TABLE dbo.grows (id int NOT NULL PRIMARY KEY, a int NULL)');
    await feed.addTables(FIRST, [tableName('dbo.grows')]);
    await feed.addTables(SECOND, [tableName('dbo.grows')]);
    const [older] = await instances('dbo.grows');
    const from = await feed.copiedUpTo();
    await scene.sql('INSERT INTO dbo.grows (id, a) VALUES (1, 1)');
    await feed.copiedUpTo();
    await scene.sql('ALTER TABLE dbo.grows ADD b int NULL');
    const quick = await open(from, 'dbo.grows', FIRST);
    await readUntil(quick, 'the second instance is there', async () => {
      return (await instances('dbo.grows')).length === 2;
    });
    const begun = await feed.copiedUpTo();
    await scene.sql('INSERT INTO dbo.grows (id, a, b) VALUES (2, 2, 20)');
    await eventsUntil(quick, 'the second row', (all) => commits(all) >= 1);
    const looks = Date.now() + 1_000;
    await readUntil(quick, 'it has looked', () => Promise.resolve(Date.now() > looks));
    expect(await instances('dbo.grows')).toContain(older);

    const slow = await open(from, 'dbo.grows', SECOND);
    const events = await eventsUntil(slow, 'both rows', (all) => commits(all) >= 2);
    expect(told(events)).toEqual(['i grows 1,1', '|', 'i grows 2,2,20', '|']);

    // Nobody can read any more what the clean-up has taken.
    await scene.sql(`
DECLARE @mark binary(10) = sys.fn_cdc_get_max_lsn();
EXEC sys.sp_cdc_cleanup_change_table @capture_instance = N'${older ?? ''}', @low_water_mark = @mark, @threshold = 5000`);
    await readUntil(quick, 'the older one is gone', async () => {
      return (await instances('dbo.grows')).length === 1;
    });
    expect(await instances('dbo.grows')).not.toContain(older);
    expect(begun > from).toBe(true);
  });

  it('11.9: is dropped by the last one that is removed', async () => {
    await Promise.all(readers.splice(0).map((reader) => reader.close()));
    const [instance] = await instances('dbo.grows');
    expect(await feed.drop(FIRST)).toEqual([]);
    expect(await instances('dbo.grows')).toEqual([instance]);
    const dropped = await feed.drop(SECOND);
    expect(dropped).toHaveLength(2);
    expect(dropped).toContain(`capture instance ${instance ?? ''}`);
    expect(await instances('dbo.grows')).toEqual([]);
    expect(await marks()).toEqual([]);
  });

  it('11.9: is missed by nobody where Change Data Capture was switched off meanwhile', async () => {
    await feed.prepare(FIRST);
    expect(await marks()).toHaveLength(1);
    await scene.sql('EXEC sys.sp_cdc_disable_db');
    expect(await feed.drop(FIRST)).toEqual([]);
    expect(await marks()).toEqual([]);
  });
});
