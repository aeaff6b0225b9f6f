/**
 * The full sync of one large table, through Temporal, with its ledger and its checkpoints, against
 * `psql | psql` into a table that has its primary key from the beginning.
 */
import { fullSyncId, tableId } from '../src/core/ids.js';
import { BIG_TABLE, createBigTable, makeBigTable } from './support/big-table.js';
import { Histories, type Step } from './support/history.js';
import type { BenchOptions } from './support/options.js';
import { psqlCopy, psqlRun, psqlVersion, versionHint } from './support/psql.js';
import type { BenchResult } from './support/result.js';
import { Stage, untilStreaming, type Pipeline } from './support/stage.js';
import { spread, timed } from './support/statistics.js';
import { runSql } from './support/sql.js';

const ONE_LANE_TARGET = 0.95;
const TWO_LANES_TARGET = 1.4;
const MEMORY_TARGET_MB = 300;
const REFERENCE = 'reference';
const STEPS = [
  'beginEpoch',
  'awaitHandOver',
  'prepareStage',
  'copyChunks',
  'finishStage',
  'cutOver',
] as const;

/** One full sync, measured. */
interface Sync {
  /** From the first step of the epoch to the table that streams with its key. */
  readonly seconds: number;
  readonly reference: number;
  readonly memory: number;
  readonly cpu: number;
  /** Processor seconds of both servers, from the pipeline's start on. */
  readonly serverCpu: number;
  readonly referenceServerCpu: number;
  readonly steps: Readonly<Record<string, number>>;
}

export async function run(options: BenchOptions): Promise<BenchResult[]> {
  const stage = await Stage.open();
  try {
    await sayVersions(stage, options);
    options.say(`making ${options.rows.toLocaleString('en')} rows`);
    const { bytes } = await makeBigTable(stage.sourceUrl, options.rows);
    const size = { rows: options.rows, megabytes: bytes / 1e6 };
    const syncs: Record<'one' | 'two', Sync[]> = { one: [], two: [] };
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const [key, lanes] of [
        ['one', 1],
        ['two', 2],
      ] as const) {
        const sync = await measure(stage, lanes);
        syncs[key].push(sync);
        options.say(describe(round, lanes, sync));
      }
    }
    return [
      speed('copy, one lane: times the speed of psql | psql', syncs.one, ONE_LANE_TARGET, size),
      speed('copy, two lanes: times the speed of psql | psql', syncs.two, TWO_LANES_TARGET, size),
      memory([...syncs.one, ...syncs.two]),
    ];
  } finally {
    await stage.close();
  }
}

async function sayVersions(stage: Stage, { say }: BenchOptions): Promise<void> {
  const [psql, server] = [await psqlVersion(), await stage.serverVersion()];
  say(`both servers PostgreSQL ${server}, the reference ${psql}`);
  const hint = versionHint(psql, server);
  if (hint !== null) say(`to measure with a psql of the servers' version: ${hint}`);
}

/** The reference, Sluice, and the reference again, so that a machine that slows down is seen. */
async function measure(stage: Stage, lanes: number): Promise<Sync> {
  const before = await referenceCopy(stage);
  const sync = await sluiceCopy(stage, lanes);
  const after = await referenceCopy(stage);
  return {
    ...sync,
    reference: (before.seconds + after.seconds) / 2,
    referenceServerCpu: (before.cpu + after.cpu) / 2,
  };
}

async function referenceCopy(stage: Stage): Promise<{ seconds: number; cpu: number }> {
  const url = await stage.newTargetDatabase(REFERENCE);
  await psqlRun(url, createBigTable(BIG_TABLE, true));
  await stage.settle();
  const ends = { from: stage.sourceUrl, to: url, source: BIG_TABLE, target: BIG_TABLE };
  const cpu = await stage.serverCpu();
  const seconds = await timed(() => psqlCopy(ends));
  const used = (await stage.serverCpu()) - cpu;
  await stage.dropTargetDatabase(REFERENCE);
  return { seconds, cpu: used };
}

async function sluiceCopy(
  stage: Stage,
  lanes: number,
): Promise<Omit<Sync, 'reference' | 'referenceServerCpu'>> {
  await stage.settle();
  const cpu = await stage.serverCpu();
  const histories = await Histories.open(stage.temporal.address);
  const pipeline = await stage.startPipeline([
    `tables: { include: ["public.${BIG_TABLE}"] }`,
    `defaults: { parallelism: ${String(lanes)} }`,
  ]);
  try {
    await untilStreaming(pipeline, 1);
    const serverCpu = (await stage.serverCpu()) - cpu;
    const steps = await stepsOf(histories, pipeline);
    return {
      seconds: between(steps, 'beginEpoch', 'cutOver'),
      memory: await pipeline.worker.peakMemory(),
      cpu: await pipeline.worker.cpuSeconds(),
      serverCpu,
      steps: Object.fromEntries(STEPS.map((name) => [name, between(steps, name, name)])),
    };
  } finally {
    await histories.close();
    await pipeline.close();
  }
}

async function stepsOf(histories: Histories, pipeline: Pipeline): Promise<Step[]> {
  const [table] = await runSql<{ slug: string; epoch: string }>(
    pipeline.targetUrl,
    'select slug, epoch from sluice.table_state',
  );
  const ref = { pipeline: pipeline.name, target: 'to', slug: table?.slug ?? '' };
  const life = await histories.steps(tableId(ref));
  const sync = await histories.steps(fullSyncId({ ...ref, epoch: table?.epoch ?? '' }));
  return [...life, ...sync];
}

/** Seconds from the first schedule of one activity to the last completion of another. */
function between(steps: readonly Step[], first: string, last: string): number {
  const begins = steps.filter((step) => step.activity === first).map((step) => step.scheduled);
  const ends = steps.filter((step) => step.activity === last).map((step) => step.completed);
  return (Math.max(...ends) - Math.min(...begins)) / 1000;
}

function speed(
  name: string,
  syncs: readonly Sync[],
  target: number,
  size: { rows: number; megabytes: number },
): BenchResult {
  const ratios = spread(syncs.map((sync) => sync.reference / sync.seconds));
  const middle = (pick: (sync: Sync) => number): number => spread(syncs.map(pick)).median;
  return {
    name,
    ratio: ratios.median,
    target,
    unit: 'seconds, MB',
    details: {
      ...size,
      min: ratios.min,
      max: ratios.max,
      seconds: middle((sync) => sync.seconds),
      referenceSeconds: middle((sync) => sync.reference),
      memoryMB: middle((sync) => sync.memory),
      workerCpuSeconds: middle((sync) => sync.cpu),
      serverCpuSeconds: middle((sync) => sync.serverCpu),
      referenceServerCpuSeconds: middle((sync) => sync.referenceServerCpu),
      ...Object.fromEntries(STEPS.map((step) => [step, middle((sync) => sync.steps[step] ?? 0)])),
    },
  };
}

function memory(syncs: readonly Sync[]): BenchResult {
  const { min, median, max } = spread(syncs.map((sync) => sync.memory));
  return {
    name: 'copy, peak memory of the worker in MB',
    ratio: max,
    target: MEMORY_TARGET_MB,
    unit: 'MB',
    lowerIsBetter: true,
    details: { min, median, max },
  };
}

function describe(round: number, lanes: number, sync: Sync): string {
  const steps = STEPS.map((step) => `${step} ${(sync.steps[step] ?? 0).toFixed(2)}`).join(', ');
  return (
    `round ${String(round)}, ${String(lanes)} lane(s): ` +
    `${(sync.reference / sync.seconds).toFixed(2)} (${sync.seconds.toFixed(1)} s against ` +
    `${sync.reference.toFixed(1)} s; ${sync.memory.toFixed(0)} MB; CPU of the servers ` +
    `${sync.serverCpu.toFixed(1)} against ${sync.referenceServerCpu.toFixed(1)} s, of the worker ` +
    `${sync.cpu.toFixed(1)}; ${steps})`
  );
}
