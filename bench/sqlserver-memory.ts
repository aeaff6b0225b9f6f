/** How much memory a worker takes to copy a large table between two SQL Server databases. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchOptions } from './support/options.js';
import type { BenchResult } from './support/result.js';
import { openBenchSqlServer, type BenchSqlServer } from './support/sqlserver/server.js';
import { createTable, fillTable, tableSums } from './support/sqlserver/table.js';
import { connectClient, startService } from './support/temporal.js';
import { until } from './support/until.js';
import { BenchWorker } from './support/worker.js';

const TARGET_MB = 300;
const DEADLINE_MS = 3_600_000;
const PIPELINE = 'bench';

interface Databases {
  readonly source: string;
  readonly target: string;
}

const CONFIG = `version: 1
connections:
  from: { engine: sqlserver, url: "\${SOURCE_URL}" }
  to: { engine: sqlserver, url: "\${TARGET_URL}" }
pipelines:
  ${PIPELINE}:
    source: { connection: from, enableCdc: true }
    targets: { to: { connection: to } }
    tables: { include: ["dbo.items"] }
    defaults: { mode: cdc }
`;

export async function run({ rows, say }: BenchOptions): Promise<BenchResult[]> {
  const server = await openBenchSqlServer();
  try {
    say(`making ${rows.toLocaleString('en')} rows`);
    const databases = {
      source: await server.newDatabase('source'),
      target: await server.newDatabase('target'),
    };
    await createTable(server, databases.source);
    await fillTable(server, databases.source, rows);
    return [await replicate(server, databases, { rows, say })];
  } finally {
    await server.close();
  }
}

/** A pipeline as a user has it, until its table streams. */
async function replicate(
  server: BenchSqlServer,
  databases: Databases,
  { rows, say }: Pick<BenchOptions, 'rows' | 'say'>,
): Promise<BenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const temporal = await startService();
  const client = await connectClient(temporal);
  const config = join(directory, 'sluice.yaml');
  await writeFile(config, CONFIG);
  const worker = await BenchWorker.start(config, {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: 'default',
    SOURCE_URL: server.url(databases.source),
    TARGET_URL: server.url(databases.target),
  });
  try {
    const atRest = await worker.peakMemory();
    const began = performance.now();
    await client.startPipeline(PIPELINE);
    await until('the table streams', DEADLINE_MS, () => streams(server, databases.target, worker));
    const seconds = (performance.now() - began) / 1000;
    const used = { memory: await worker.peakMemory(), cpu: await worker.cpuSeconds() };
    say(`${used.memory.toFixed(0)} MB, ${used.cpu.toFixed(1)} s CPU of ${seconds.toFixed(0)} s`);
    await assertEqual(server, databases);
    return {
      name: 'SQL Server copy, peak memory of the worker in MB',
      ratio: used.memory,
      target: TARGET_MB,
      unit: 'MB',
      lowerIsBetter: true,
      details: { rows, memoryAtRestMB: atRest, workerCpuSeconds: used.cpu, wallSeconds: seconds },
    };
  } finally {
    await worker.stop();
    await client.close();
    await temporal.remove();
    await rm(directory, { recursive: true, force: true });
  }
}

async function streams(
  server: BenchSqlServer,
  target: string,
  worker: BenchWorker,
): Promise<boolean> {
  const sql = `SELECT phase, fault_code, fault_message FROM sluice.table_state`;
  // The state is made by the pipeline's first steps.
  const rows = await server.sql(target, sql).catch(() => []);
  const fault = rows.find((row) => row.fault_code !== null);
  if (fault !== undefined) {
    throw new Error(`${String(fault.fault_code)}: ${String(fault.fault_message)} ${worker.output}`);
  }
  return rows.length > 0 && rows.every((row) => row.phase === 'streaming');
}

async function assertEqual(server: BenchSqlServer, { source, target }: Databases): Promise<void> {
  if ((await tableSums(server, source)) === (await tableSums(server, target))) return;
  throw new Error('The copy does not hold what the source holds.');
}
