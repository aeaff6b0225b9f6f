/** What Change Data Capture cannot carry, said before it is missing on the target. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MayEnable } from '../../../../src/engines/sqlserver/catalog/feeds-of.js';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import { preflightSource } from '../../../../src/engines/sqlserver/preflight/preflight.js';
import type { SourceScene } from '../source-scene.js';
import { feedName, openSource, tableName } from '../source-scene.js';

let scene: SourceScene;
let feed: CdcFeed;
const REFUSE = { cdcPartitionSwitch: 'refuse' };

beforeAll(async () => {
  scene = await openSource('captured');
  feed = new CdcFeed(scene.feeds);
  await scene.sql(`
CREATE PARTITION FUNCTION pf (int) AS RANGE RIGHT FOR VALUES (100, 200);
GO
CREATE PARTITION SCHEME ps AS PARTITION pf ALL TO ([PRIMARY]);
GO
CREATE TABLE dbo.months (id int NOT NULL PRIMARY KEY) ON ps (id);
CREATE TABLE dbo.years (id int NOT NULL PRIMARY KEY) ON ps (id);
CREATE TABLE dbo.spare (id int NOT NULL PRIMARY KEY) ON ps (id);
CREATE TABLE dbo.plain (id int NOT NULL PRIMARY KEY, note varchar(20) NULL);`);
});
afterAll(async () => scene.close());

async function found(code: string, may: Partial<MayEnable> = {}) {
  const all = { cdc: false, changeTracking: false, ...may };
  const findings = await scene.read.use(({ query }) =>
    preflightSource(query, scene.connection, all),
  );
  return findings.filter((finding) => finding.code === code);
}

describe('partitions that are switched in or out', () => {
  const code = 'feed.partition-switch';

  it('are no matter while nothing is captured, and a warning where Sluice would capture it', async () => {
    expect(await found(code)).toEqual([]);
    const [warning] = await found(code, { cdc: true });
    expect(warning).toMatchObject({
      severity: 'warning',
      message: expect.stringMatching(/dbo\.months.*dbo\.spare.*dbo\.years/) as string,
      remedy: expect.stringContaining('cdcPartitionSwitch: refuse') as string,
    });
    expect(await found(code, { cdc: true, partitionSwitch: false })).toEqual([]);
  });

  it('are allowed as ever by an instance of Sluice, and a warning', async () => {
    await feed.prepare(feedName('cdc'));
    await feed.addTables(feedName('cdc'), [tableName('dbo.months'), tableName('dbo.plain')]);
    const [warning] = await found(code);
    expect(warning?.message).toContain('dbo.months');
    expect(warning?.message).not.toMatch(/dbo\.(spare|years|plain)/);
  });

  it('are refused by the server where the configuration says so (22842, 22843)', async () => {
    await feed.addTables(feedName('cdc', { own: REFUSE }), [tableName('dbo.years')]);
    const out = scene.sql('ALTER TABLE dbo.years SWITCH PARTITION 2 TO dbo.spare PARTITION 2');
    await expect(out).rejects.toMatchObject({ number: 22843 });
    const into = scene.sql('ALTER TABLE dbo.spare SWITCH PARTITION 2 TO dbo.years PARTITION 2');
    await expect(into).rejects.toMatchObject({ number: 22842 });
    const [warning] = await found(code);
    expect(warning?.message).not.toContain('dbo.years');
  });
});

describe('texts in another code page than that of the database', () => {
  const code = 'feed.cdc-collation';

  it('are a warning that names the columns, with Change Tracking as the way out', async () => {
    expect(await found(code)).toEqual([]);
    await scene.sql(`
CREATE TABLE dbo.foreigners (
  id int NOT NULL PRIMARY KEY, greek varchar(20) COLLATE Greek_CI_AS NULL,
  wide nvarchar(20) COLLATE Greek_CI_AS NULL);`);
    await feed.addTables(feedName('cdc'), [tableName('dbo.foreigners')]);
    expect(await found(code)).toEqual([
      expect.objectContaining({
        severity: 'warning',
        message: expect.stringMatching(/dbo\.foreigners\.greek\b(?!.*wide)/) as string,
        remedy: expect.stringContaining('changeTracking') as string,
      }),
    ]);
  });
});
