/** Two PostgreSQL servers and a Temporal service of the benchmarks' own, and pipelines on them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SluiceClient } from '../../src/client.js';
import { startPostgres, type LocalPostgres } from '../../src/local/postgres-server.js';
import type { LocalTemporal } from '../../src/local/temporal-service.js';
import { serverCpuSeconds } from './cpu.js';
import { runSql } from './sql.js';
import { connectClient, startService } from './temporal.js';
import { BenchWorker } from './worker.js';

/** One pipeline from the database `shop` of the source to a new database of the target. */
export interface Pipeline {
  readonly name: string;
  readonly worker: BenchWorker;
  /** Of the database that it writes to. */
  readonly targetUrl: string;
  /** End it, and take away what it had on the source, so that the next one has the server alone. */
  close(): Promise<void>;
}

export const SOURCE_DATABASE = 'shop';
const STREAMS_WITHIN_MS = 600_000;

export class Stage {
  #pipelines = 0;

  private constructor(
    readonly source: LocalPostgres,
    readonly target: LocalPostgres,
    readonly temporal: LocalTemporal,
    readonly client: SluiceClient,
    private readonly directory: string,
  ) {}

  /** The servers keep every setting that decides about durability as it is by default. */
  static async open(): Promise<Stage> {
    const [source, target, temporal] = await Promise.all([
      startPostgres({ version: '18' }),
      startPostgres({ version: '18' }),
      startService(),
    ]);
    const client = await connectClient(temporal);
    const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    await runSql(source.url('postgres'), `create database ${SOURCE_DATABASE}`);
    return new Stage(source, target, temporal, client, directory);
  }

  get sourceUrl(): string {
    return this.source.url(SOURCE_DATABASE);
  }

  async serverVersion(): Promise<string> {
    const [row] = await runSql<{ version: string }>(
      this.sourceUrl,
      "select current_setting('server_version') as version",
    );
    return row?.version ?? '';
  }

  async newTargetDatabase(name: string): Promise<string> {
    await runSql(this.target.url('postgres'), `create database ${name}`);
    return this.target.url(name);
  }

  async dropTargetDatabase(name: string): Promise<void> {
    await runSql(
      this.target.url('postgres'),
      `drop database if exists ${name} with (force)`,
      'checkpoint',
    );
  }

  /** Processor seconds of both servers so far. */
  async serverCpu(): Promise<number> {
    await delay(300); // sessions that have just ended are being buried
    const used = await Promise.all(
      [this.source, this.target].map((server) => serverCpuSeconds(server.pid)),
    );
    return used.reduce((sum, one) => sum + one, 0);
  }

  /** Nothing of what was measured before may be paid for by what is measured next. */
  async settle(): Promise<void> {
    await Promise.all(
      [this.source, this.target].map((server) => runSql(server.url('postgres'), 'checkpoint')),
    );
  }

  /**
   * Start a worker and a pipeline for it. `settings` are more keys of the pipeline, one line each;
   * without them a pipeline has its defaults.
   */
  async startPipeline(settings: readonly string[]): Promise<Pipeline> {
    this.#pipelines += 1;
    const name = `bench${String(this.#pipelines)}`;
    const targetUrl = await this.newTargetDatabase(name);
    const path = join(this.directory, `${name}.yaml`);
    await writeFile(path, configText(name, settings));
    const worker = await BenchWorker.start(path, {
      TEMPORAL_ADDRESS: this.temporal.address,
      TEMPORAL_NAMESPACE: 'default',
      SOURCE_URL: this.sourceUrl,
      TARGET_URL: targetUrl,
    });
    await this.client.startPipeline(name);
    return { name, worker, targetUrl, close: () => this.#end(name, worker) };
  }

  async close(): Promise<void> {
    await this.client.close();
    await Promise.all([this.source.remove(), this.target.remove(), this.temporal.remove()]);
    await rm(this.directory, { recursive: true, force: true });
  }

  async #end(name: string, worker: BenchWorker): Promise<void> {
    await this.client.commandPipeline(name, 'stop', {
      requestId: `stop-${name}`,
      by: 'bench',
      reason: 'measured',
    });
    const until = Date.now() + 60_000;
    while ((await this.client.pipelineState(name)).running && Date.now() < until) await delay(200);
    await worker.stop();
    await runSql(
      this.sourceUrl,
      `select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where active`,
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots`,
      `do $$ declare p record; begin
         for p in select pubname from pg_publication loop
           execute format('drop publication %I', p.pubname);
         end loop; end $$`,
    );
    await this.dropTargetDatabase(name);
  }
}

/** Returns when `tables` tables stream; a table that failed is an error with its reason. */
export async function untilStreaming(pipeline: Pipeline, tables: number): Promise<void> {
  const until = Date.now() + STREAMS_WITHIN_MS;
  for (;;) {
    const rows = await states(pipeline.targetUrl);
    const fault = rows.find((row) => row.fault_code !== null);
    if (fault !== undefined) {
      throw new Error(`${fault.fault_code ?? ''}: ${fault.fault_message ?? ''}`);
    }
    if (rows.filter((row) => row.phase === 'streaming').length === tables) return;
    if (Date.now() > until) throw new Error(`Not all stream: ${pipeline.worker.output}`);
    await delay(100);
  }
}

interface TableState {
  phase: string;
  fault_code: string | null;
  fault_message: string | null;
}

async function states(url: string): Promise<TableState[]> {
  try {
    const sql = 'select phase, fault_code, fault_message from sluice.table_state';
    return await runSql<TableState>(url, sql);
  } catch {
    return [];
  }
}

function configText(name: string, settings: readonly string[]): string {
  return [
    'version: 1',
    'connections:',
    '  from: { engine: postgres, url: "${SOURCE_URL}", tls: { mode: disable } }',
    '  to: { engine: postgres, url: "${TARGET_URL}", tls: { mode: disable } }',
    'pipelines:',
    `  ${name}:`,
    '    source: { connection: from, createPublication: true, createSlot: true }',
    '    targets: { to: { connection: to } }',
    ...settings.map((line) => `    ${line}`),
    '',
  ].join('\n');
}
