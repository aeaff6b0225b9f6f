/**
 * 50,000 changes that Change Data Capture has already: a lane reads and applies them; the reference
 * sends the same changes as single parameterised statements and reads nothing.
 */
import type { LaneJob } from './support/lane-process.js';
import { forkLane, stopLane } from './support/lane-child.js';
import { measure } from './support/measured.js';
import type { Measured } from './support/measured.js';
import type { BenchOptions } from './support/options.js';
import { prepareLane } from './support/prepare-lane.js';
import type { BenchResult } from './support/result.js';
import {
  CAPTURED_OF_A_TRANSACTION,
  CHANGES_OF_A_TRANSACTION,
  lastUpdated,
  MARK,
  rowsFor,
  transactionSql,
} from './support/sqlserver/changes.js';
import { openBenchSqlServer, type BenchSqlServer } from './support/sqlserver/server.js';
import {
  capturedRows,
  createTable,
  fillTable,
  TABLE,
  tableSums,
} from './support/sqlserver/table.js';
import { spread } from './support/statistics.js';
import { until } from './support/until.js';

const TRANSACTIONS = 50;
const TARGET = 5;
const DEADLINE_MS = 600_000;

interface Databases {
  readonly source: string;
  readonly ours: string;
  readonly bare: string;
}

interface Pair {
  readonly ours: Measured;
  readonly bare: Measured;
}

export async function run({ rows, rounds, say }: BenchOptions): Promise<BenchResult[]> {
  const most = Math.floor(rows / CHANGES_OF_A_TRANSACTION);
  const transactions = Math.max(1, Math.min(TRANSACTIONS, most));
  const server = await openBenchSqlServer();
  try {
    const pairs: Pair[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      say('making the tables and their changes');
      const pair = await oneRound(server, transactions, round % 2 === 1);
      pairs.push(pair);
      say(`round ${String(round)}: ${told('ours', pair.ours)}, ${told('bare', pair.bare)}`);
    }
    return [speed(pairs, transactions * CHANGES_OF_A_TRANSACTION)];
  } finally {
    await server.close();
  }
}

async function oneRound(
  server: BenchSqlServer,
  transactions: number,
  bareFirst: boolean,
): Promise<Pair> {
  const databases = await equalDatabases(server, rowsFor(transactions));
  const { address } = server;
  const job = await prepareLane({
    source: address,
    sourceDb: databases.source,
    target: address,
    targetDb: databases.ours,
    table: TABLE,
  });
  for (let n = 0; n < transactions; n += 1) {
    await server.sql(databases.source, transactionSql(n, transactions));
  }
  await untilCaptured(server, databases.source, transactions);
  const replicate = () => byLane(server, job, transactions);
  const send = () =>
    measure('sqlserver/apply-bare', { server: address, targetDb: databases.bare, transactions });
  const first = bareFirst ? await send() : await replicate();
  const second = bareFirst ? await replicate() : await send();
  await assertEqual(server, databases);
  for (const database of [databases.source, databases.ours, databases.bare]) {
    await server.dropDatabase(database);
  }
  return bareFirst ? { bare: first, ours: second } : { bare: second, ours: first };
}

async function equalDatabases(server: BenchSqlServer, rows: number): Promise<Databases> {
  const make = async (label: string): Promise<string> => {
    const database = await server.newDatabase(label);
    await createTable(server, database);
    await fillTable(server, database, rows);
    return database;
  };
  return { source: await make('source'), ours: await make('ours'), bare: await make('bare') };
}

/** From the moment that a process which has loaded its code is told to begin. */
async function byLane(
  server: BenchSqlServer,
  job: LaneJob,
  transactions: number,
): Promise<Measured> {
  const child = await forkLane('sqlserver');
  const last = String(lastUpdated(transactions));
  const began = performance.now();
  child.send(job);
  await until('the lane has applied the last change', DEADLINE_MS, async () => {
    const [row] = await server.sql(job.targetDb, `SELECT n FROM dbo.items WHERE id = ${last}`);
    return row?.n === MARK;
  });
  const seconds = (performance.now() - began) / 1000;
  return { seconds, ...(await stopLane(child)) };
}

async function untilCaptured(
  server: BenchSqlServer,
  source: string,
  transactions: number,
): Promise<void> {
  const wanted = transactions * CAPTURED_OF_A_TRANSACTION;
  await until(
    'the changes are captured',
    DEADLINE_MS,
    async () => (await capturedRows(server, source)) === wanted,
  );
}

async function assertEqual(
  server: BenchSqlServer,
  { source, ours, bare }: Databases,
): Promise<void> {
  const wanted = await tableSums(server, source);
  for (const database of [ours, bare]) {
    if ((await tableSums(server, database)) !== wanted) {
      throw new Error(`${database} does not hold what the source holds.`);
    }
  }
}

function told(who: string, { cpuSeconds, seconds, rssMb }: Measured): string {
  return `${who} ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(2)} s CPU, ${rssMb.toFixed(0)} MB`;
}

function speed(pairs: readonly Pair[], changes: number): BenchResult {
  const ratios = spread(pairs.map(({ bare, ours }) => bare.seconds / ours.seconds));
  const middle = (pick: (pair: Pair) => number): number => spread(pairs.map(pick)).median;
  return {
    name: 'SQL Server apply by CDC: times the speed of single statements',
    ratio: ratios.median,
    target: TARGET,
    unit: 'seconds',
    details: {
      changes,
      min: ratios.min,
      max: ratios.max,
      seconds: middle(({ ours }) => ours.seconds),
      referenceSeconds: middle(({ bare }) => bare.seconds),
      cpuSeconds: middle(({ ours }) => ours.cpuSeconds),
      referenceCpuSeconds: middle(({ bare }) => bare.cpuSeconds),
      memoryMB: middle(({ ours }) => ours.rssMb),
    },
  };
}
