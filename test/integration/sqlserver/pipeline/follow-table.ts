import { setTimeout as delay } from 'node:timers/promises';
import type { LongRun } from '../../../../src/activities/long-running.js';
import { runLane } from '../../../../src/activities/lane/run-lane.js';
import { TARGET, type PipelineScene } from './pipeline-scene.js';

/** Both sides of a table are empty: make of it what a copy would have made, to be followed by CDC. */
export async function beginStreaming(scene: PipelineScene, slug: string): Promise<void> {
  const { tableId, source: name } = await scene.row(slug);
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

export interface RunningLane {
  /** As the activities beside it run. */
  readonly run: LongRun;
  stop(): Promise<void>;
}

/** The lane of a table, as an activity would run it. */
export async function startLane(scene: PipelineScene, slug: string): Promise<RunningLane> {
  const ending = new AbortController();
  const { signal } = ending;
  const run: LongRun = {
    signal,
    dueToReturn: () => signal.aborted,
    pause: (ms) => delay(ms),
    report: () => undefined,
  };
  const { laneId } = await scene.row(slug);
  const lane = scene.use(async (session) => {
    const ends = {
      source: await session.source(),
      target: await session.target(TARGET),
      laneId: laneId ?? '',
      feed: session.feedName(TARGET, 'cdc'),
      worker: 'test',
      pace: { rows: 1_000, bytes: 1_000_000, waitMs: 0, pollMs: 100 },
    };
    return runLane(ends, run);
  });
  lane.catch(() => undefined);
  return {
    run,
    stop: async () => {
      ending.abort();
      await lane.catch(() => undefined);
    },
  };
}
