/** Either end is restored to an earlier time; what the lane makes of that with its next attempt. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLane } from '../../../../src/activities/lane/run-lane.js';
import type { FeedKind } from '../../../../src/core/feed-kind.js';
import type { ApplyResult } from '../../../../src/core/protocol.js';
import type { TestMsServer } from '../../../support/sqlserver/server.js';
import { openSqlServer } from '../../../support/sqlserver/server.js';
import type { StandIn } from '../../../support/sqlserver/start.js';
import { patient, waitFor } from '../../../support/wait-for.js';
import { openPipeline, TARGET, type PipelineScene } from './pipeline-scene.js';

/** A restore stops the whole server, so only servers of its own are asked for it. */
const real = process.env.SLUICE_TEST_SQLSERVER_URL;

describe.skipIf(real !== undefined && real !== '')('a SQL Server that was restored', () => {
  let source: TestMsServer;
  let target: TestMsServer;

  beforeAll(async () => {
    [source, target] = await Promise.all([openSqlServer('source'), openSqlServer('target')]);
  });
  afterAll(async () => {
    await Promise.all([source.close(), target.close()]);
  });

  for (const kind of ['cdc', 'changeTracking'] as const) {
    it(
      `8.2, 11.8: is read on from the checkpoint as a target, and a gap as a source, by ${kind}`,
      async () => {
        const scene = await follow(kind);
        await scene.source.sql('INSERT INTO dbo.t (id, v) VALUES (1, 1), (2, 2)');
        await follows(scene, kind);
        const backup = await standIn(target).backup();
        await scene.source.sql('UPDATE dbo.t SET v = 20 WHERE id = 2');
        await scene.source.sql('DELETE FROM dbo.t WHERE id = 1');
        await scene.source.sql('INSERT INTO dbo.t (id, v) VALUES (3, 3)');
        await follows(scene, kind);
        await standIn(target).restore(backup);
        expect(await ids(scene, 'target')).toEqual([1, 2]);
        await scene.source.sql('INSERT INTO dbo.t (id, v) VALUES (4, 4)');
        await follows(scene, kind);

        const former = await standIn(source).backup();
        await scene.source.sql('INSERT INTO dbo.t (id, v) VALUES (5, 5)');
        await follows(scene, kind);
        await standIn(source).restore(former);
        // Its log grows beyond the place that the target has come to.
        for (let id = 10; id < 20; id += 1) {
          await scene.source.sql(`INSERT INTO dbo.t (id, v) VALUES (${String(id)}, 0)`);
        }
        const result = await run(scene, kind, () => Promise.resolve(false));
        expect(result).toMatchObject({
          reason: 'gap',
          detail: expect.stringContaining('restored') as string,
        });
        expect(await ids(scene, 'target')).toEqual([2, 3, 4, 5]);
        await scene.close();
      },
      patient(300_000),
    );
  }

  function standIn(server: TestMsServer): StandIn {
    if (server.standIn === null) throw new Error('a real server');
    return server.standIn;
  }

  /** Both sides are empty: what a copy would have made of it. */
  async function follow(kind: FeedKind): Promise<PipelineScene> {
    const more = {
      source: { enableCdc: true, enableChangeTracking: true },
      pipeline: { defaults: { mode: kind } },
    };
    const scene = await openPipeline(`restored ${kind}`, more, source, target);
    const ddl = 'CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, v int NOT NULL)';
    await scene.source.sql(ddl);
    await scene.target.sql(ddl);
    await scene.reconcile();
    const { tableId, source: name } = await scene.row('dbo.t');
    await scene.use(async (session) => {
      const { tables } = (await session.target(TARGET)).state;
      const feed = (await session.source()).feed(kind);
      await feed.addTables(session.feedName(TARGET, kind), [name]);
      await waitFor('the feed has the table', async () => (await feed.barrierPassed('')).passed);
      const facts = { fingerprint: 'test', rowsEstimated: 0, requestId: 'test' };
      await tables.beginEpoch(tableId, facts);
      await tables.setFlags(tableId, { applies: true, parks: false }, 5_000);
      await tables.setPhase(tableId, 'streaming', 'test');
    });
    return scene;
  }

  /** The lane runs until both sides are equal, and ends. */
  async function follows(scene: PipelineScene, kind: FeedKind): Promise<void> {
    const result = await run(scene, kind, async () => {
      const [from, to] = [await rows(scene, 'source'), await rows(scene, 'target')];
      return JSON.stringify(from) === JSON.stringify(to);
    });
    expect(result.reason).toBe('border');
  }

  /** As an activity would run it. */
  function run(
    scene: PipelineScene,
    kind: FeedKind,
    done: () => Promise<boolean>,
  ): Promise<ApplyResult> {
    return scene.use(async (session) => {
      const { laneId } = await scene.row('dbo.t');
      const ending = new AbortController();
      const ends = {
        source: await session.source(),
        target: await session.target(TARGET),
        laneId: laneId ?? '',
        feed: session.feedName(TARGET, kind),
        worker: 'test',
        pace: { rows: 1_000, bytes: 1_000_000, waitMs: 0, pollMs: 100 },
      };
      const work = runLane(ends, {
        signal: ending.signal,
        dueToReturn: () => ending.signal.aborted,
        pause: () => Promise.resolve(),
        report: () => undefined,
      });
      const ended = work.then(
        () => true,
        () => true,
      );
      let over = false;
      void ended.then(() => (over = true));
      await waitFor('both sides are equal, or the lane has ended', async () => over || done(), {
        timeoutMs: 60_000,
      });
      ending.abort();
      return work;
    });
  }

  function rows(scene: PipelineScene, side: 'source' | 'target') {
    return scene[side].sql('SELECT id, v FROM dbo.t ORDER BY id');
  }

  async function ids(scene: PipelineScene, side: 'source' | 'target'): Promise<unknown[]> {
    return (await rows(scene, side)).map(({ id }) => id);
  }
});
