import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Position } from '../../../../src/engines/contract/feed.js';
import { readIdentity } from '../../../../src/engines/sqlserver/catalog/identity.js';
import { CdcFeed } from '../../../../src/engines/sqlserver/feed/cdc/cdc-feed.js';
import type { StandIn } from '../../../support/sqlserver/start.js';
import { waitFor } from '../../../support/wait-for.js';
import type { SourceScene } from '../source-scene.js';
import { commits, eventsUntil, feedName, openSource, tableName } from '../source-scene.js';

/** A restore stops the whole server, so only one of its own is asked for it. */
const real = process.env.SLUICE_TEST_SQLSERVER_URL;

describe.skipIf(real !== undefined && real !== '')('a source that was restored', () => {
  let scene: SourceScene;
  let feed: CdcFeed;
  const name = feedName('cdc');
  const T = tableName('dbo.t');
  let rows = 0;

  beforeAll(async () => {
    scene = await openSource('restored');
    feed = new CdcFeed(scene.feeds);
    await feed.prepare(name);
    await scene.sql('CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY)');
    await feed.addTables(name, [T]);
  });
  afterAll(async () => scene.close());

  const standIn = (): StandIn => {
    if (scene.server.standIn === null) throw new Error('a real server');
    return scene.server.standIn;
  };
  const insert = async (): Promise<void> => {
    rows += 1;
    await scene.sql(`INSERT INTO dbo.t (id) VALUES (${String(rows)})`);
  };
  const lineage = async () => (await scene.read.use(({ query }) => readIdentity(query))).lineage;

  /** The last transaction of the table, and the end of the log some time after it. */
  async function idleCheckpoint() {
    const from = await feed.copiedUpTo();
    const options = { wire: 'sqlserver', maxBufferedBytes: 1024, wanted: () => [T] };
    const reader = await feed.open(name, from, options);
    await insert();
    const events = await eventsUntil(reader, 'the commit', (all) => commits(all) >= 1);
    await reader.close();
    const last = events.find(({ kind }) => kind === 'commit');
    if (last?.kind !== 'commit') throw new Error('There was no commit.');
    return { last, lineage: await lineage() };
  }

  async function untilIdle(after: Position): Promise<Position> {
    await scene.sql('EXEC standin.capture @idle_ms = 20');
    await waitFor('the log moves without a change', async () => (await feed.end()) > after);
    await scene.sql('EXEC standin.capture @idle_ms = 300000');
    return feed.end();
  }

  it('8.2, 11.8: to before an idle position is a gap, also when its log has grown beyond that', async () => {
    const known = await idleCheckpoint();
    const backup = await standIn().backup();
    const position = await untilIdle(known.last.position);
    // Five seconds ago: as much as the clocks of both ends may differ.
    const movedAt = new Date(Date.now() - 5_000);
    const checkpoint = { ...known, position, movedAt };
    expect(await feed.findGap(name, checkpoint)).toBeNull();
    await standIn().restore(backup);
    // What is written now lies before the position in part, and nobody would read it.
    await waitFor('the new log is longer', async () => {
      await insert();
      return (await feed.end()) > position;
    });
    expect((await feed.findGap(name, checkpoint))?.reason).toContain('restored');
  });

  it('11.8: goes on where it has everything up to the position, also an idle one, as after a failover', async () => {
    const known = await idleCheckpoint();
    const position = await untilIdle(known.last.position);
    const checkpoint = { ...known, position, movedAt: new Date() };
    await standIn().restore(await standIn().backup());
    await insert();
    expect(await lineage()).not.toBe(known.lineage);
    expect(await feed.findGap(name, checkpoint)).toBeNull();
  });
});
