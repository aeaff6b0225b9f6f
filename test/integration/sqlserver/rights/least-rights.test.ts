/** Reference 11.5: each right by itself, what it is good for, and what is said without it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { neutralRows } from '../../../../src/core/neutral-wire.js';
import type { FeedReader } from '../../../../src/engines/contract/feed.js';
import { readTables } from '../../../../src/engines/sqlserver/catalog/read-tables.js';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import { ChangeTrackingFeed } from '../../../../src/engines/sqlserver/feed/change-tracking/change-tracking-feed.js';
import { openFullSyncSource } from '../../../../src/engines/sqlserver/full-sync/full-sync-source.js';
import {
  preflightSource,
  preflightTarget,
} from '../../../../src/engines/sqlserver/preflight/preflight.js';
import { openResetTriggers } from '../../../../src/engines/sqlserver/reset-trigger/reset-trigger-source.js';
import { openWatermarkSource } from '../../../../src/engines/sqlserver/watermark/watermark-source.js';
import { waitFor } from '../../../support/wait-for.js';
import type { SourceScene } from '../source-scene.js';
import { commits, eventsUntil, feedName, openSource, tableName, told } from '../source-scene.js';
import type { Login } from './login.js';
import { createLogin } from './login.js';

let scene: SourceScene;
const logins: Login[] = [];
const readers: FeedReader[] = [];
const ORDERS = tableName('dbo.orders');
const VISITS = tableName('dbo.visits');
const denied = { code: 'PERMISSION_DENIED' };

beforeAll(async () => {
  scene = await openSource('least');
  await scene.sql(`
CREATE TABLE dbo.orders (id int NOT NULL PRIMARY KEY, what nvarchar(20) NULL CONSTRAINT df_what DEFAULT N'?', again bit NULL);
CREATE TABLE dbo.visits (id int NOT NULL PRIMARY KEY, what nvarchar(20) NULL);
INSERT INTO dbo.orders (id, what, again) VALUES (1, N'tea', 1), (2, N'jam', 0);
EXEC sys.sp_cdc_enable_db;
EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'orders', @role_name = NULL, @supports_net_changes = 0;
ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON);
ALTER TABLE dbo.visits ENABLE CHANGE_TRACKING WITH (TRACK_COLUMNS_UPDATED = ON);`);
});

afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.close()));
  await Promise.all(logins.splice(0).map((login) => login.close()));
});

afterAll(async () => scene.close());

async function login(...statements: readonly string[]): Promise<Login> {
  const made = await createLogin(scene);
  logins.push(made);
  await made.may(...statements);
  return made;
}

async function codesOf(who: Login): Promise<string[]> {
  const may = { cdc: false, changeTracking: false };
  const findings = await who.read.use(({ query }) => preflightSource(query, scene.connection, may));
  return findings.map(({ code, severity }) => `${severity} ${code}`);
}

/** It waits for a transaction that ends later than it looked at the clock, so there has to be one. */
async function copiedWhileWritten(feed: CdcFeed): Promise<string> {
  let isOver = false;
  const waiting = feed.copiedUpTo().finally(() => {
    isOver = true;
  });
  waiting.catch(() => undefined);
  await waitFor('it knows how far the copy may have seen', async () => {
    await scene.sql('UPDATE dbo.orders SET what = what WHERE id = 2');
    return isOver;
  });
  return waiting;
}

describe('a login on a source', () => {
  it('11.5: reads a table and its schema with SELECT and VIEW DEFINITION', async () => {
    const who = await login('GRANT SELECT ON SCHEMA::dbo TO');
    const model = async () =>
      (await who.read.use(({ query }) => readTables(query, { only: [ORDERS] })))[0];
    const codes = async () => (await model())?.findings.map(({ code }) => code);
    expect(await codes()).toContain('table.view-definition');
    await who.may('GRANT VIEW DEFINITION TO');
    expect(await codes()).not.toContain('table.view-definition');
    const source = openFullSyncSource(who.read, () => Promise.resolve(null));
    const table = await model();
    if (table === undefined) throw new Error('The table is not there.');
    const [range] = await source.planChunks(table, 1_000_000);
    if (range === undefined) throw new Error('There is no chunk.');
    const chunk = await source.readChunk(table, range, 'sqlserver');
    let rows = 0;
    for await (const cells of neutralRows(chunk.bytes, chunk.columns.length))
      rows += cells.length / 3;
    await chunk.close();
    expect(rows).toBe(2);
  });

  it('8.1, 11.5: is refused the change tables without SELECT ON SCHEMA::cdc, which is no gap', async () => {
    const who = await login('GRANT SELECT ON SCHEMA::dbo TO');
    const feed = new CdcFeed(who);
    const position = await new CdcFeed(scene.feeds).end();
    const last = { position, time: new Date() };
    const gap = feed.findGap(feedName('cdc'), { position, lineage: 'x', last });
    await expect(gap).rejects.toMatchObject(denied);
    const reader = await openCdc(feed, '0'.repeat(20));
    await expect(reader.read(2_000, true)).rejects.toMatchObject(denied);
    expect(await codesOf(who)).toContain('error feed.cdc-select');
  });

  it('11.5: follows CDC with SELECT ON SCHEMA::cdc alone, by a transaction that ended later', async () => {
    const who = await login('GRANT SELECT ON SCHEMA::dbo TO', 'GRANT SELECT ON SCHEMA::cdc TO');
    const feed = new CdcFeed(who);
    const reader = await openCdc(feed, await copiedWhileWritten(feed));
    await scene.sql("INSERT INTO dbo.orders (id, what) VALUES (10, N'salt')");
    const events = await eventsUntil(reader, 'the insert', (all) =>
      told(all).includes('i orders 10,salt,'),
    );
    expect(commits(events)).toBeGreaterThan(0);
    expect(await codesOf(who)).toEqual(
      expect.arrayContaining(['ok feed.cdc', 'info feed.view-state', 'info feed.agent']),
    );
  });

  it('11.5: sees with VIEW DATABASE STATE how far the capture job has read', async () => {
    const who = await login(
      'GRANT SELECT ON SCHEMA::dbo TO',
      'GRANT SELECT ON SCHEMA::cdc TO',
      'GRANT VIEW DATABASE STATE TO',
    );
    // Nothing is written meanwhile: only the scans of the capture job tell.
    expect(await new CdcFeed(who).copiedUpTo()).toMatch(/^[0-9a-f]{20}$/);
    expect(await codesOf(who)).not.toContain('info feed.view-state');
  });

  it('8.1: that may no longer see a table is told so, not that its instance was dropped', async () => {
    const who = await login('GRANT SELECT ON SCHEMA::dbo TO', 'GRANT SELECT ON SCHEMA::cdc TO');
    const feed = new CdcFeed(who);
    const reader = await openCdc(feed, await copiedWhileWritten(feed));
    await scene.sql("INSERT INTO dbo.orders (id, what) VALUES (20, N'oil')");
    await eventsUntil(reader, 'the insert', (all) => commits(all) > 0);
    await scene.sql(`REVOKE SELECT ON SCHEMA::dbo FROM ${who.name}`);
    await scene.sql("INSERT INTO dbo.orders (id, what) VALUES (21, N'rye')");
    const events = await eventsUntil(reader, 'what became of it', (all) =>
      told(all).includes('lost orders'),
    );
    expect(events.find(({ kind }) => kind === 'lost')).toMatchObject({
      reason: expect.stringContaining('GRANT SELECT') as string,
    });
  });

  it('11.5: reads Change Tracking with VIEW CHANGE TRACKING, and is told when it lacks it', async () => {
    const who = await login('GRANT SELECT ON SCHEMA::dbo TO');
    const feed = new ChangeTrackingFeed(who);
    const name = feedName('changeTracking', { mayCreate: false });
    await expect(feed.addTables(name, [VISITS])).rejects.toMatchObject({
      ...denied,
      remedy: expect.stringContaining('VIEW CHANGE TRACKING') as string,
    });
    expect(await codesOf(who)).toContain('warning feed.view-change-tracking');
    await who.may('GRANT VIEW CHANGE TRACKING ON SCHEMA::dbo TO');
    await feed.addTables(name, [VISITS]);
    const reader = await feed.open(name, await feed.end(), options([VISITS]));
    readers.push(reader);
    await scene.sql("INSERT INTO dbo.visits (id, what) VALUES (1, N'hall')");
    const events = await eventsUntil(reader, 'the insert', (all) => commits(all) > 0);
    expect(told(events)).toContain('i visits 1,hall');
  });

  it('11.5, 11.7: follows a watermark up to its highest value where it does not see who runs, and is told so', async () => {
    const who = await login('GRANT SELECT ON SCHEMA::dbo TO');
    const watermark = openWatermarkSource(who.read);
    const model = await scene.model('dbo.orders');
    const codes = async () => (await watermark.findings(model, 'id')).map(({ code }) => code);
    const [row] = await scene.sql('SELECT MAX(id) AS highest FROM dbo.orders');
    expect(await watermark.upperBound(model, 'id', null, 0)).toBe(String(row?.highest));
    expect(await codes()).toContain('watermark.blind');
    await who.may('GRANT VIEW SERVER STATE TO');
    expect(await codes()).not.toContain('watermark.blind');
  });

  it('11.5: resets a trigger column with UPDATE on that column alone', async () => {
    const who = await login('GRANT SELECT ON SCHEMA::dbo TO');
    const triggers = openResetTriggers(who.read, who.change);
    const model = await scene.model('dbo.orders');
    await expect(triggers.reset(model, 'again', [['1']])).rejects.toMatchObject(denied);
    await who.may('GRANT UPDATE (again) ON dbo.orders TO');
    expect(await triggers.reset(model, 'again', [['1']])).toBe(1);
    const other = who.change.use(({ query }) => query("UPDATE dbo.orders SET what = N'x'"));
    await expect(other).rejects.toMatchObject(denied);
  });

  it('11.5: switches CDC on for a table as db_owner, and for a database as sysadmin only', async () => {
    const plain = await openSource('uncaptured');
    try {
      await plain.sql('CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY)');
      const who = await createLogin(plain);
      logins.push(who);
      await who.may('ALTER ROLE db_owner ADD MEMBER');
      const feed = new CdcFeed(who);
      await expect(feed.prepare(feedName('cdc'))).rejects.toMatchObject({
        code: 'FEED_NOT_ENABLED',
        remedy: expect.stringContaining('sysadmin') as string,
      });
      await plain.sql('EXEC sys.sp_cdc_enable_db');
      const made = [`captureInstances ${plain.database.name}`];
      expect((await feed.prepare(feedName('cdc'))).created).toEqual(made);
      await feed.addTables(feedName('cdc'), [tableName('dbo.t')]);
      const rows = await plain.sql('SELECT capture_instance AS name FROM cdc.change_tables');
      expect(rows).toMatchObject([{ name: expect.stringMatching(/^sluice_/) as string }]);
    } finally {
      await Promise.all(logins.splice(0).map((each) => each.close()));
      await plain.close();
    }
  });

  it('11.5: tells with VIEW SERVER STATE whether the Agent runs, and else that it cannot tell', async () => {
    const who = await login('GRANT SELECT ON SCHEMA::cdc TO');
    const health = async () => (await new CdcFeed(who).health()).findings.map(({ code }) => code);
    expect(await health()).toContain('feed.agent-unknown');
    expect(await codesOf(who)).toContain('info feed.agent');
    await who.may('GRANT VIEW SERVER STATE TO');
    expect(await health()).not.toContain('feed.agent-unknown');
    expect(await codesOf(who)).toContain('ok feed.agent');
  });
});

describe('a login on a target', () => {
  it('11.5: is checked as far as it may look, and no further', async () => {
    const who = await login('GRANT VIEW DATABASE STATE TO');
    const findings = await who.read.use(({ query }) => preflightTarget(query, scene.connection));
    expect(findings.map(({ code }) => code)).toContain('target.create');
  });
});

function options(wanted: readonly ReturnType<typeof tableName>[]) {
  return { wire: 'sqlserver', text: false, maxBufferedBytes: 1024 * 1024, wanted: () => wanted };
}

async function openCdc(feed: CdcFeed, from: string): Promise<FeedReader> {
  const reader = await feed.open(feedName('cdc', { mayCreate: false }), from, options([ORDERS]));
  readers.push(reader);
  return reader;
}
