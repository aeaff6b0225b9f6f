import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import type { SourceScene } from '../source-scene.js';
import { feedName, openSource, tableName } from '../source-scene.js';

const FIRST = feedName('cdc', { target: 'first' });
const SECOND = feedName('cdc', { target: 'second' });
const LOOKS = feedName('cdc', { target: 'looks', mayCreate: false });
const TABLE = 'dbo.shared';

let scene: SourceScene;
let feeds: readonly [CdcFeed, CdcFeed];
const pools: SessionPool[] = [];

beforeAll(async () => {
  scene = await openSource('leaving');
  // As two commands do it: each with sessions of its own.
  const other = openSessionPool(() => connectMs(scene.connection, 'change'), 1);
  pools.push(other);
  feeds = [new CdcFeed(scene.feeds), new CdcFeed({ ...scene.feeds, change: other })];
  await feeds[0].prepare(FIRST);
  await scene.sql(`CREATE TABLE ${TABLE} (id int NOT NULL PRIMARY KEY)`);
});

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await scene.close();
});

const instances = async () => scene.sql('SELECT capture_instance AS name FROM cdc.change_tables');
const marks = async () =>
  scene.sql("SELECT name FROM sys.extended_properties WHERE class = 0 AND name LIKE N'sluice%'");

describe('targets that leave a source', () => {
  it('at the same moment leave no capture instance behind', async () => {
    for (let round = 0; round < 5; round += 1) {
      await feeds[0].prepare(FIRST);
      await feeds[1].prepare(SECOND);
      await feeds[0].addTables(FIRST, [tableName(TABLE)]);
      expect(await instances()).toHaveLength(1);
      expect(await feeds[0].drops(FIRST)).toEqual([]);
      const dropped = await Promise.all([feeds[0].drop(FIRST), feeds[1].drop(SECOND)]);
      expect(dropped.flat()).toHaveLength(1);
      expect(await instances()).toEqual([]);
      expect(await marks()).toEqual([]);
    }
  });

  it('leave it to one that reads and may leave no mark, and are named until it is gone', async () => {
    const [feed] = feeds;
    await feed.prepare(FIRST);
    await feed.addTables(FIRST, [tableName(TABLE)]);
    const from = await feed.copiedUpTo();
    const reader = await feed.open(LOOKS, from, { wire: 'sqlserver', maxBufferedBytes: 1_000_000 });
    try {
      expect(await feed.drop(FIRST)).toEqual([]);
      expect(await instances()).toHaveLength(1);
    } finally {
      await reader.close();
    }
    expect(await feed.targetsOf(FIRST.pipeline)).toEqual(['first']);
    const [instance] = await instances();
    const named = [`capture instance ${String(instance?.name)}`];
    expect(await feed.drops(FIRST)).toEqual(named);
    expect(await feed.drop(FIRST)).toEqual(named);
    expect(await feed.drops(FIRST)).toEqual([]);
    expect(await feed.targetsOf(FIRST.pipeline)).toEqual([]);
    expect(await marks()).toEqual([]);
  });
});
