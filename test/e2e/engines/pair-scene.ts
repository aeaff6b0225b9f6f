/** One pipeline between two engines, run by the built worker. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SluiceClient } from '../../../src/client.js';
import { temporalSettings } from '../../../src/client/connection-options.js';
import { SEARCH_ATTRIBUTES } from '../../../src/client/search-attributes.js';
import { openTemporal } from '../../support/temporal.js';
import { waitFor } from '../../support/wait-for.js';
import { WorkerProcess } from '../support/worker-process.js';
import type { End, Kind, TableName } from './ends.js';
import { openEnd, shopLines } from './ends.js';

export interface PairOptions {
  readonly source: Kind;
  readonly target: Kind;
  readonly feed: 'cdc' | 'changeTracking';
  /** On a SQL Server Sluice is a login with the rights that docs/operations.md lists. */
  readonly leastRights?: boolean;
  /** table: each table has a lane of its own. Default: transaction. */
  readonly consistency?: 'transaction' | 'table';
  readonly chunkRows?: number;
  /** Settings of dbo.items, as YAML between braces. Default: none. */
  readonly items?: string;
  /** Default: short, for tests that kill a worker. */
  readonly heartbeatTimeout?: string;
}

/** What the source's engine has to be allowed for its feed. */
function sourceKeys({ source, feed, leastRights }: PairOptions): string {
  if (source === 'postgres') return ', createPublication: true, createSlot: true';
  if (leastRights === true) return '';
  return feed === 'cdc' ? ', enableCdc: true' : ', enableChangeTracking: true';
}

function configText(options: PairOptions, source: End, target: End, items = '{}'): string {
  const { chunkRows } = options;
  const least = options.leastRights === true;
  const chunks = chunkRows === undefined ? '' : `, chunk: { rows: ${chunkRows} }`;
  return [
    ...shopLines(source, target),
    `    source: { connection: from${sourceKeys(options)} }`,
    `    targets: { to: { connection: to, createDatabase: ${String(!least)} } }`,
    `    tables: { include: ["dbo.items", "dbo.lines"], settings: { dbo.items: ${items} } }`,
    `    defaults: { mode: ${options.feed}, poll: { cdc: 200ms, changeTracking: 200ms }${chunks} }`,
    `    consistency: ${options.consistency ?? 'transaction'}`,
    `    heartbeatTimeout: ${options.heartbeatTimeout ?? '3s'}`,
    '',
  ].join('\n');
}

export class PairScene {
  worker: WorkerProcess | null = null;

  private constructor(
    private readonly options: PairOptions,
    readonly source: End,
    readonly target: End,
    readonly client: SluiceClient,
    readonly configPath: string,
    readonly env: Record<string, string>,
    private readonly closers: readonly (() => Promise<unknown>)[],
  ) {}

  static async open(options: PairOptions): Promise<PairScene> {
    const temporal = await openTemporal(`${options.source} to ${options.target}`, {
      searchAttributes: SEARCH_ATTRIBUTES,
    });
    const least = options.leastRights === true;
    const source = await openEnd(options.source, 'source', least);
    const target = await openEnd(options.target, 'target', least);
    const { address, namespace } = temporal;
    const directory = await mkdtemp(join(tmpdir(), 'sluice-pair-'));
    const configPath = join(directory, 'sluice.yaml');
    const env = {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      SOURCE_URL: source.url,
      TARGET_URL: target.url,
    };
    const client = await SluiceClient.connect(temporalSettings(env));
    await writeFile(configPath, configText(options, source, target, options.items));
    const closers = [
      () => client.close(),
      () => temporal.close(),
      () => source.close(),
      () => target.close(),
      () => rm(directory, { recursive: true, force: true }),
    ];
    return new PairScene(options, source, target, client, configPath, env, closers);
  }

  /** Other settings of dbo.items, for a worker that is at work. */
  async configure(items: string): Promise<void> {
    await writeFile(this.configPath, configText(this.options, this.source, this.target, items));
  }

  async startWorker(): Promise<WorkerProcess> {
    this.worker = await WorkerProcess.start(this.configPath, this.env);
    return this.worker;
  }

  async states(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    try {
      return await this.target.sql(
        'SELECT slug, phase, epoch, fault_code, fault_message FROM sluice.table_state',
      );
    } catch {
      return [];
    }
  }

  async streaming(): Promise<void> {
    await this.until('every table streams', async () => {
      const states = await this.states();
      return states.length > 0 && states.every((state) => state.phase === 'streaming');
    });
  }

  async equal(...tables: readonly TableName[]): Promise<void> {
    for (const table of tables) {
      await this.until(`${table} is the same on both sides`, async () => {
        const [source, target] = [await this.source.lines(table), await this.target.lines(table)];
        return source.length === target.length && source.every((line, n) => line === target[n]);
      });
    }
  }

  async epochOf(slug: string): Promise<number> {
    const states = await this.states();
    return Number(states.find((state) => state.slug === slug)?.epoch ?? 0);
  }

  /** Wait for a fact; the message of a failure says where the tables stood. */
  async until(what: string, fact: () => Promise<boolean>): Promise<void> {
    try {
      await waitFor(what, fact, { timeoutMs: 90_000, intervalMs: 200 });
    } catch (error) {
      const states = JSON.stringify(await this.states(), null, 1);
      const output = this.worker?.output.slice(-4_000) ?? '';
      throw new Error(`${what}: in vain.\n${states}\n${output}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.worker?.kill();
    for (const close of this.closers) await close();
  }
}
