import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedReader } from '../../../../src/engines/contract/feed.js';
import { readIdentity } from '../../../../src/engines/sqlserver/catalog/identity.js';
import { ChangeTrackingFeed } from '../../../../src/engines/sqlserver/feed/change-tracking/change-tracking-feed.js';
import type { SourceScene } from '../source-scene.js';
import { commits, eventsUntil, feedName, openSource, tableName, told } from '../source-scene.js';

let scene: SourceScene;
let feed: ChangeTrackingFeed;
const name = feedName('changeTracking');
const PERSON = tableName('dbo.person');
const TASK = tableName('dbo.task');
const readers: FeedReader[] = [];

async function open(from: string, wanted = [PERSON, TASK]): Promise<FeedReader> {
  // Hardly more than a part at a time: some tests change the source in the middle of a window.
  const options = { wire: 'sqlserver', maxBufferedBytes: 1 };
  const reader = await feed.open(name, from, { ...options, wanted: () => wanted });
  readers.push(reader);
  return reader;
}

beforeAll(async () => {
  scene = await openSource('tracking');
  feed = new ChangeTrackingFeed(scene.feeds);
  await scene.sql(`
CREATE TABLE dbo.person (id int NOT NULL PRIMARY KEY, name nvarchar(50) NULL, pay money NULL);
CREATE TABLE dbo.task (a int NOT NULL, b varchar(10) NOT NULL, note nvarchar(max) NULL,
                       CONSTRAINT pk_task PRIMARY KEY (a, b));
CREATE TABLE dbo.keyless (id int NULL);`);
});

afterAll(async () => {
  await Promise.all(readers.map((reader) => reader.close()));
  await scene.close();
});

describe('switching Change Tracking on', () => {
  it('is refused with the statements to run where the configuration does not allow it', async () => {
    const may = feedName('changeTracking', { mayCreate: false });
    await expect(feed.prepare(may)).rejects.toMatchObject({
      code: 'FEED_NOT_ENABLED',
      remedy: expect.stringContaining('CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON') as string,
    });
    const { created } = await feed.prepare(name);
    expect(created).toEqual([`changeTracking ${scene.database.name}`]);
    await expect(feed.addTables(may, [PERSON])).rejects.toMatchObject({
      code: 'FEED_NOT_ENABLED',
      remedy: expect.stringContaining(
        'ALTER TABLE [dbo].[person] ENABLE CHANGE_TRACKING',
      ) as string,
    });
  });

  it('happens once for each table, and needs a primary key', async () => {
    await feed.addTables(name, [PERSON, TASK]);
    await feed.addTables(name, [PERSON, TASK]);
    const tracked = await scene.sql(`
SELECT d.retention_period AS keeps, d.retention_period_units_desc AS unit,
       d.is_auto_cleanup_on AS cleanup, t.is_track_columns_updated_on AS columns
  FROM sys.change_tracking_tables AS t
  JOIN sys.change_tracking_databases AS d ON d.database_id = DB_ID()`);
    const asDocumented = { keeps: 2, unit: 'DAYS', cleanup: true, columns: true };
    expect(tracked).toEqual([asDocumented, asDocumented]);
    const marks = await feed.memberships(name, [PERSON, TASK, tableName('dbo.keyless')]);
    expect(marks.map(({ mark }) => mark === null)).toEqual([false, false, true]);
    await expect(feed.addTables(name, [tableName('dbo.keyless')])).rejects.toMatchObject({
      code: 'KEY_MISSING',
    });
  });

  it('is not undone by a removal, which says how to', async () => {
    expect(await feed.drop()).toEqual([]);
    expect(await feed.stays()).toEqual([
      expect.stringMatching(
        new RegExp(
          `DISABLE CHANGE_TRACKING.*\\[${scene.database.name}\\] SET CHANGE_TRACKING = OFF`,
        ),
      ),
    ]);
  });
});

const DIGITS = '(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))';
/** More rows than a reader reads ahead. */
const MANY_PEOPLE = `
INSERT INTO dbo.person (id)
SELECT 10000 + a.n * 1000 + b.n * 100 + c.n * 10 + d.n
  FROM ${['a', 'b', 'c', 'd'].map((name) => `${DIGITS} AS ${name} (n)`).join(' CROSS JOIN ')};`;

describe.each(['OFF', 'ON'])('with ALLOW_SNAPSHOT_ISOLATION %s', (snapshot) => {
  beforeAll(async () => {
    await scene.sql(
      `ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ${snapshot};
       DELETE FROM dbo.person; DELETE FROM dbo.task;`,
    );
  });

  it('brings what became of each row, deletes first', async () => {
    const reader = await open(await feed.end());
    await scene.sql(`
INSERT INTO dbo.person (id, name, pay) VALUES (1, N'Ann', 10.5), (2, N'Bob', 20);
INSERT INTO dbo.task (a, b, note) VALUES (1, 'x', N'😀');`);
    const first = await eventsUntil(reader, 'the inserts', (all) => commits(all) >= 1);
    expect(told(first).sort()).toEqual([
      'i person 1,Ann,10.5000',
      'i person 2,Bob,20.0000',
      'i task 1,x,😀',
      '|',
    ]);
    await scene.sql(`
UPDATE dbo.person SET name = N'Anna' WHERE id = 1;
DELETE FROM dbo.person WHERE id = 2;
UPDATE dbo.task SET b = 'y' WHERE a = 1;`);
    const second = await eventsUntil(reader, 'the changes', (all) => {
      const lines = told(all).filter((line) => line !== '|');
      return lines.length >= 4;
    });
    const lines = told(second).filter((line) => line !== '|');
    expect([...lines].sort()).toEqual([
      'd person was 2,,',
      'd task was 1,x,',
      'i task 1,y,😀',
      'u person 1,Anna,10.5000',
    ]);
    expect(lines.indexOf('d task was 1,x,')).toBeLessThan(lines.indexOf('i task 1,y,😀'));
  });

  it('8.2: moves on where nothing of the wanted tables happened', async () => {
    const reader = await open(await feed.end(), [TASK]);
    await scene.sql("INSERT INTO dbo.person (id, name) VALUES (3, N'Cid')");
    const end = await feed.copiedUpTo();
    const events = await eventsUntil(reader, 'an idle position', (all) =>
      all.some((event) => event.kind === 'idle' && event.position >= end),
    );
    expect(told(events)).toEqual([]);
  });

  it('8.2: reads all tables as of one version, or brings newer rows once more', async () => {
    const from = await feed.end();
    await scene.sql(`${MANY_PEOPLE} INSERT INTO dbo.task (a, b, note) VALUES (7, 's', N'before');`);
    const reader = await open(from);
    // Parts are handed over one by one, and tasks come after people.
    await eventsUntil(reader, 'the first part', (all) => all.length > 0);
    await scene.sql("UPDATE dbo.task SET note = N'after' WHERE a = 7");
    const first = await eventsUntil(reader, 'the first commit', (all) => commits(all) >= 1);
    const note = snapshot === 'ON' ? 'before' : 'after';
    expect(told(first).slice(-2)).toEqual([`i task 7,s,${note}`, '|']);
    const next = await eventsUntil(reader, 'the update', (all) => commits(all) >= 1);
    expect(told(next)).toEqual(['u task 7,s,after', '|']);
  });

  it('tells that a table was truncated, and goes on with the others', async () => {
    const reader = await open(await feed.end());
    const before = await feed.memberships(name, [PERSON]);
    await scene.sql("INSERT INTO dbo.person (id, name) VALUES (4, N'Dan')");
    await eventsUntil(reader, 'the insert', (all) => commits(all) >= 1);
    await scene.sql(`
TRUNCATE TABLE dbo.person;
INSERT INTO dbo.task (a, b) VALUES (9, 'z');`);
    const events = await eventsUntil(
      reader,
      'the loss and the insert',
      (all) => told(all).includes('lost person') && told(all).includes('i task 9,z,'),
    );
    expect(events.filter((event) => event.kind === 'lost')).toHaveLength(1);
    expect(await feed.memberships(name, [PERSON])).not.toEqual(before);
  });
});

describe('a table of which no row changes', () => {
  it.each([
    { what: 'truncated', change: 'TRUNCATE TABLE dbo.truncated', reason: 'truncated' },
    {
      what: 'untracked',
      change: 'ALTER TABLE dbo.untracked DISABLE CHANGE_TRACKING',
      reason: 'switched off',
    },
  ])('8.2: is lost where it is $what, and says so', async ({ what, change, reason }) => {
    await scene.sql(`CREATE TABLE dbo.${what} (id int NOT NULL PRIMARY KEY)`);
    const table = tableName(`dbo.${what}`);
    await feed.addTables(name, [table]);
    const reader = await open(await feed.end(), [table]);
    await reader.read(0, true);
    await scene.sql(change);
    const isLost = (all: Parameters<typeof told>[0]) => told(all).includes(`lost ${what}`);
    const events = await eventsUntil(reader, 'the loss', isLost);
    expect(events.find((event) => event.kind === 'lost')).toMatchObject({
      reason: expect.stringContaining(reason) as string,
    });
  });
});

describe('the clean-up of Change Tracking', () => {
  it('8.2: is a loss of the tables whose changes it took before they were read', async (test) => {
    test.skip(scene.server.standIn === null, 'a real server cleans up when it likes');
    const from = await feed.end();
    await scene.sql(
      'INSERT INTO dbo.person (id) VALUES (71); INSERT INTO dbo.person (id) VALUES (72);',
    );
    await scene.sql(
      `EXEC standin.clean_tracking @version = ${BigInt(await feed.end()).toString()}`,
    );
    const reader = await open(from, [PERSON]);
    const events = await eventsUntil(reader, 'the loss', (all) =>
      told(all).includes('lost person'),
    );
    expect(events.find((event) => event.kind === 'lost')).toMatchObject({
      reason: expect.stringContaining('clean-up') as string,
    });
  });
});

describe('a clean-up while changes are read without a snapshot', () => {
  it('8.2: is a loss that is told before their commit', async (test) => {
    test.skip(scene.server.standIn === null, 'a real server cleans up when it likes');
    await scene.sql('ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION OFF');
    const from = await feed.end();
    await scene.sql(MANY_PEOPLE);
    const reader = await open(from, [PERSON]);
    // Parts are handed over one by one, so most of them are still to be read.
    await eventsUntil(reader, 'the first part', (all) => all.length > 0);
    await scene.sql('INSERT INTO dbo.person (id) VALUES (73)');
    const mark = BigInt(await feed.end()).toString();
    await scene.sql(`EXEC standin.clean_tracking @version = ${mark}`);
    const rest = await eventsUntil(reader, 'the commit', (all) => commits(all) >= 1);
    expect(told(rest.filter(({ kind }) => kind !== 'changes')).slice(0, 2)).toEqual([
      'lost person',
      '|',
    ]);
  });
});

describe('a checkpoint', () => {
  it('fits the database that it was made under, and no version ahead of it', async () => {
    const { lineage } = await scene.read.use(({ query }) => readIdentity(query));
    const position = await feed.end();
    expect(await feed.findGap(name, { position, lineage })).toBeNull();
    const ahead = String(BigInt(position) + 5n).padStart(20, '0');
    const gap = await feed.findGap(name, { position: ahead, lineage });
    expect(gap?.reason).toContain('lies before the position');
    const other = await feed.findGap(name, { position, lineage: 'elsewhere' });
    expect(other?.reason).toContain('another database');
  });
});
