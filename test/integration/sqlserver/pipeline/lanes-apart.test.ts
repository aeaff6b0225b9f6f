/** consistency: table. What one table waits for, or dies of, is no matter of the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLane } from '../../../../src/activities/lane/run-lane.js';
import type { ApplyResult } from '../../../../src/core/protocol.js';
import { waitFor } from '../../../support/wait-for.js';
import { openPipeline, TARGET, type PipelineScene } from './pipeline-scene.js';

const TABLES = ['a', 'b'] as const;
type Table = (typeof TABLES)[number];

let scene: PipelineScene;
const lanes: RunningLane[] = [];

interface RunningLane {
  readonly done: Promise<ApplyResult | Error>;
  stop(): void;
}

beforeAll(async () => {
  scene = await openPipeline('apart', {
    source: { enableCdc: true },
    pipeline: { consistency: 'table' },
  });
  const ddl = TABLES.map(
    (table) => `CREATE TABLE dbo.${table} (id int NOT NULL PRIMARY KEY, v int NOT NULL);`,
  ).join('\n');
  await scene.source.sql(ddl);
  await scene.target.sql(ddl);
  await scene.reconcile();
  for (const table of TABLES) await stream(table);
});
afterAll(async () => {
  for (const lane of lanes) lane.stop();
  await Promise.all(lanes.map((lane) => lane.done));
  await scene.close();
});

/** Both sides are empty: what a copy would have made of it. */
async function stream(table: Table): Promise<void> {
  const { tableId, source: name } = await scene.row(`dbo.${table}`);
  await scene.use(async (session) => {
    const source = await session.source();
    const { tables } = (await session.target(TARGET)).state;
    await source.feed('cdc').addTables(session.feedName(TARGET, 'cdc'), [name]);
    const facts = { fingerprint: 'test', rowsEstimated: 0, requestId: 'test' };
    await tables.beginEpoch(tableId, facts);
    await tables.setFlags(tableId, { applies: true, parks: false }, 5_000);
    await tables.setPhase(tableId, 'streaming', 'test');
  });
}

/** As an activity would run it; a lane that runs already is taken over. */
function run(table: Table): RunningLane {
  const ending = new AbortController();
  const { signal } = ending;
  const work = scene.use(async (session) => {
    const { laneId } = await scene.row(`dbo.${table}`);
    const ends = {
      source: await session.source(),
      target: await session.target(TARGET),
      laneId: laneId ?? '',
      feed: session.feedName(TARGET, 'cdc'),
      worker: 'test',
      pace: { rows: 1_000, bytes: 1_000_000, waitMs: 0, pollMs: 100 },
    };
    return runLane(ends, {
      signal,
      dueToReturn: () => signal.aborted,
      pause: () => Promise.resolve(),
      report: () => undefined,
    });
  });
  const done = work.catch((thrown: unknown) =>
    thrown instanceof Error ? thrown : new Error('unknown'),
  );
  const lane = { done, stop: () => ending.abort() };
  lanes.push(lane);
  return lane;
}

async function rows(of: 'source' | 'target', table: Table): Promise<unknown> {
  return scene[of].sql(`SELECT id, v FROM dbo.${table} ORDER BY id`);
}

async function arrived(table: Table): Promise<void> {
  const fact = async (): Promise<boolean> => {
    const [source, target] = [await rows('source', table), await rows('target', table)];
    return JSON.stringify(source) === JSON.stringify(target);
  };
  await waitFor(`${table} is the same on both sides`, fact, { timeoutMs: 60_000 });
}

describe('two tables with a lane each', () => {
  it('come one by one: a locked row of one of them does not hold up the other', async () => {
    await scene.source.sql(`
      INSERT INTO dbo.a VALUES (1, 0), (2, 0);
      INSERT INTO dbo.b VALUES (1, 0), (2, 0);`);
    for (const table of TABLES) run(table);
    for (const table of TABLES) await arrived(table);
    await scene.target.session(async (sql) => {
      await sql('BEGIN TRAN; UPDATE dbo.a SET v = v WHERE id = 1;');
      await scene.source.sql(`
        BEGIN TRAN;
        UPDATE dbo.a SET v = 1;
        UPDATE dbo.b SET v = 1;
        COMMIT;`);
      await arrived('b');
      await scene.source.sql('INSERT INTO dbo.b VALUES (3, 3)');
      await arrived('b');
      const before = await sql('SELECT v FROM dbo.a WHERE id = 1');
      expect(before).toEqual([{ v: 0 }]);
      await sql('ROLLBACK;');
    });
    await arrived('a');
  });

  it('lose and double nothing when a writer is ended in the middle', async () => {
    const [former] = lanes;
    await scene.target.session(async (sql) => {
      await sql('BEGIN TRAN; UPDATE dbo.a SET v = v WHERE id = 1;');
      await scene.source.sql(`
        UPDATE dbo.a SET v = v + 1;
        INSERT INTO dbo.a VALUES (4, 4);
        UPDATE dbo.b SET v = v + 1;`);
      await arrived('b');
      // Whoever takes a lane over ends the session of the one before, which is at work.
      run('a');
      expect(await former?.done).toBeInstanceOf(Error);
      await sql('ROLLBACK;');
    });
    await arrived('a');
    await scene.source.sql('DELETE FROM dbo.a WHERE id = 2; UPDATE dbo.b SET v = 9;');
    for (const table of TABLES) await arrived(table);
    const positions = await scene.target.sql('SELECT position FROM sluice.lane WHERE n >= 10');
    expect(positions).toHaveLength(2);
  });
});
