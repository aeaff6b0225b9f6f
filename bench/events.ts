/**
 * What an idle pipeline costs in Temporal: history events per table and day, over all workflows of
 * a pipeline of 20 tables with every default, verification included.
 *
 * Counted are the events of some minutes after the start has settled, and extrapolated. What is too
 * rare to be seen in minutes is added: the long activities (change stream, verification, watch, and
 * the two that follow a target) return every six hours, each time scheduled, started, completed,
 * with one workflow task of three events; and every workflow that does something continues as new once a day.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LOOP_LIMIT_MS } from '../src/activities/long-running.js';
import { Histories } from './support/history.js';
import type { BenchOptions } from './support/options.js';
import type { BenchResult } from './support/result.js';
import { runSql } from './support/sql.js';
import { Stage, untilStreaming } from './support/stage.js';

const TARGET = 50;
const TABLES = 20;
const DAY_MS = 86_400_000;
/** Longer than what recurs within the loops: verification every 5, children every 10 minutes. */
const WATCHED_MS = 11 * 60_000;
/** So long nothing may happen before the count begins. */
const QUIET_MS = 20_000;
const LONG_LOOPS = 5;
const EVENTS_OF_A_RETURN = 6;
/** Started, continued as new, and a workflow task before each. */
const EVENTS_OF_A_NEW_RUN = 8;

export async function run(options: BenchOptions): Promise<BenchResult[]> {
  const stage = await Stage.open();
  const histories = await Histories.open(stage.temporal.address);
  try {
    await runSql(stage.sourceUrl, ...Array.from({ length: TABLES }, (_, n) => smallTable(n)));
    const pipeline = await stage.startPipeline(['tables: { include: ["public.*"] }']);
    try {
      await untilStreaming(pipeline, TABLES);
      const prefix = `sluice/${pipeline.name}`;
      const before = await settled(histories, prefix);
      options.say(`settled at ${String(before)} events; counting for 11 minutes`);
      const began = Date.now();
      await delay(WATCHED_MS);
      const after = await total(histories, prefix);
      return [result(before, after, Date.now() - began)];
    } finally {
      await pipeline.close();
    }
  } finally {
    await histories.close();
    await stage.close();
  }
}

function smallTable(n: number): string {
  return (
    `create table small_${String(n)} (id int primary key, note text); ` +
    `insert into small_${String(n)} select g, md5(g::text) from generate_series(1, 1000) g`
  );
}

async function settled(histories: Histories, prefix: string): Promise<number> {
  for (let before = -1; ;) {
    const now = await total(histories, prefix);
    if (now === before) return now;
    before = now;
    await delay(QUIET_MS);
  }
}

async function total(histories: Histories, prefix: string): Promise<number> {
  const counts = await histories.countEvents(prefix);
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function result(before: number, after: number, watchedMs: number): BenchResult {
  const seen = ((after - before) * DAY_MS) / watchedMs;
  const returns = (DAY_MS / LOOP_LIMIT_MS) * LONG_LOOPS * EVENTS_OF_A_RETURN;
  const workflows = 2; // the pipeline and its lane; a table at rest does nothing
  const newRuns = workflows * EVENTS_OF_A_NEW_RUN;
  return {
    name: 'events in Temporal per idle table and day',
    ratio: (seen + returns + newRuns) / TABLES,
    target: TARGET,
    unit: 'events per day of the whole pipeline, and what they were made of',
    lowerIsBetter: true,
    details: {
      tables: TABLES,
      startEvents: before,
      watchedMinutes: watchedMs / 60_000,
      seenEvents: after - before,
      seenPerDay: seen,
      returnsPerDay: returns,
      newRunsPerDay: newRuns,
    },
  };
}
