/** The change stream next to PostgreSQL's own logical replication, in the same run. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TABLE, tableHash } from './support/bench-table.js';
import { measureLag } from './support/lag.js';
import { openNative } from './support/native.js';
import { openOurs } from './support/ours.js';
import type { Replica } from './support/replica.js';
import type { BenchResult } from './support/result.js';
import { median, percentile } from './support/result.js';
import { backlog, catchUp, inserts, oneTransaction } from './support/stream-cases.js';
import type { StreamStage } from './support/stream-stage.js';
import { openStreamStage } from './support/stream-stage.js';

export interface StreamBenchOptions {
  readonly rows: number;
  /** Rounds of the throughput cases; the ratio is that of the medians. */
  readonly rounds: number;
  /** Changes of one transaction. */
  readonly changes: number;
  readonly transactions: number;
  /** Seconds of the steady load; 0 leaves it out. */
  readonly lagSeconds: number;
}

export const FULL: StreamBenchOptions = {
  rows: 2_000_000,
  rounds: 4,
  changes: 200_000,
  transactions: 20_000,
  lagSeconds: 60,
};

type Case = 'updates' | 'inserts' | 'backlog' | 'resumed';

const CASES: readonly { name: Case; title: string; target: number }[] = [
  { name: 'updates', title: 'stream: one transaction of updates', target: 1.5 },
  { name: 'backlog', title: 'stream: one-row transactions, catching up', target: 1.6 },
  {
    name: 'resumed',
    title: 'stream: the same by a worker that has run before (its target was away)',
    target: 1.6,
  },
  { name: 'inserts', title: 'stream: inserts', target: 1.2 },
];

/** @throws Error when the three databases differ in the end */
export async function run(options: StreamBenchOptions = FULL): Promise<BenchResult[]> {
  const stage = await openStreamStage(options.rows);
  const replicas: Replica[] = [];
  try {
    replicas.push(await openNative(stage), await openOurs(stage));
    const times = new Map<string, number[]>();
    const lags = new Map<string, number[]>();
    const peak = { rssMb: 0, cpuSeconds: 0 };
    for (let round = 0; round < options.rounds; round += 1) {
      for (const replica of round % 2 === 0 ? replicas : [...replicas].reverse()) {
        const used = await oneRound(stage, replica, options, times, round === 0 ? lags : null);
        peak.rssMb = Math.max(peak.rssMb, used.rssMb);
        peak.cpuSeconds += used.cpuSeconds;
      }
    }
    await settle(stage, replicas, options.rows);
    await assertEqual(stage);
    return [...throughput(times, peak), ...lagResult(lags)];
  } finally {
    for (const replica of replicas) replica.close();
    await stage.close();
  }
}

async function oneRound(
  stage: StreamStage,
  replica: Replica,
  options: StreamBenchOptions,
  times: Map<string, number[]>,
  lags: Map<string, number[]> | null,
): Promise<{ rssMb: number; cpuSeconds: number }> {
  const { rows, changes, transactions, lagSeconds } = options;
  const note = (name: Case, value: number): void => {
    const key = `${name} ${replica.name}`;
    times.set(key, [...(times.get(key) ?? []), value]);
  };
  await replica.start();
  await catchUp(stage, replica, rows);
  await stage.source.query('checkpoint');
  await replica.client.query('checkpoint');
  note('updates', await oneTransaction(stage, replica, rows, changes));
  note('inserts', await inserts(stage, replica, rows, changes));
  if (lags !== null && lagSeconds > 0) {
    const load = { seconds: lagSeconds, perSecond: 1_000, rows: rows - 1 };
    lags.set(
      replica.name,
      await measureLag(async () => stage.connect('source'), replica.client, load),
    );
  }
  await catchUp(stage, replica, rows);
  note('resumed', await backlog(stage, replica, { rows, count: transactions, away: 'pause' }));
  await catchUp(stage, replica, rows);
  note('backlog', await backlog(stage, replica, { rows, count: transactions, away: 'stop' }));
  return replica.stop();
}

function throughput(
  times: Map<string, number[]>,
  peak: { rssMb: number; cpuSeconds: number },
): BenchResult[] {
  return CASES.map(({ name, title, target }) => {
    const native = times.get(`${name} native`) ?? [];
    const ours = times.get(`${name} ours`) ?? [];
    const ratios = native.map((value, round) => value / (ours[round] ?? Number.NaN));
    return {
      name: title,
      ratio: median(native) / median(ours),
      target,
      unit: 's',
      details: {
        native: median(native),
        ours: median(ours),
        lowestRatio: Math.min(...ratios),
        highestRatio: Math.max(...ratios),
        peakMb: peak.rssMb,
        cpuSeconds: peak.cpuSeconds,
      },
    };
  });
}

/** Not a race: the figures themselves have a limit, and the ratio says how they compare. */
function lagResult(lags: Map<string, number[]>): BenchResult[] {
  const native = lags.get('native') ?? [];
  const ours = lags.get('ours') ?? [];
  if (ours.length === 0) return [];
  return [0.5, 0.99].map((share) => {
    const limit = share === 0.5 ? 6 : 20;
    const value = percentile(ours, share);
    return {
      name: `stream: lag at 1,000 transactions/s, p${String(share * 100)} (limit ${String(limit)} ms)`,
      ratio: limit / value,
      target: 1,
      unit: 'ms',
      details: { native: percentile(native, share), ours: value, samples: ours.length },
    };
  });
}

async function settle(
  stage: StreamStage,
  replicas: readonly Replica[],
  rows: number,
): Promise<void> {
  for (const replica of replicas) {
    await replica.start();
    await catchUp(stage, replica, rows);
  }
  // The marks of the second are news to the first one.
  for (const replica of replicas) await catchUp(stage, replica, rows);
  for (const replica of replicas) await catchUp(stage, replica, rows);
  for (const replica of replicas) await replica.stop();
}

async function assertEqual(stage: StreamStage): Promise<void> {
  const hashes = [];
  for (const client of [stage.source, stage.native, stage.ours]) {
    hashes.push(await tableHash(client));
  }
  if (new Set(hashes).size !== 1) throw new Error(`${TABLE} differs: ${hashes.join(', ')}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string' },
      rounds: { type: 'string' },
      lag: { type: 'string' },
    },
  });
  const results = await run({
    ...FULL,
    rows: Number(values.rows ?? FULL.rows),
    rounds: Number(values.rounds ?? FULL.rounds),
    lagSeconds: Number(values.lag ?? FULL.lagSeconds),
  });
  for (const { name, ratio, target, unit, details } of results) {
    const figures = Object.entries(details).map(([key, value]) => `${key} ${value.toFixed(2)}`);
    console.log(
      `${name}: ${ratio.toFixed(2)} (wanted ${String(target)}) ${unit}: ${figures.join(', ')}`,
    );
  }
  const folder = fileURLToPath(new URL('../bench/results/', import.meta.url));
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}stream.json`, `${JSON.stringify(results, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
