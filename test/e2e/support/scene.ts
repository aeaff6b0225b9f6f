/** A pipeline on private servers, run by the built worker: what end-to-end tests share. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { SluiceClient } from '../../../src/client.js';
import { startPostgres, type LocalPostgres } from '../../../src/local/postgres-server.js';
import {
  ensureTemporal,
  startTemporal,
  type LocalTemporal,
} from '../../../src/local/temporal-service.js';
import { openTemporal } from '../../support/temporal.js';
import { waitFor } from '../../support/wait-for.js';
import { temporalSettings } from '../../../src/client/connection-options.js';
import { SEARCH_ATTRIBUTES } from '../../../src/client/search-attributes.js';
import { WorkerProcess } from './worker-process.js';

export interface SceneOptions {
  readonly label: string;
  /** More keys of the pipeline, as YAML of four spaces. */
  readonly pipeline?: string;
  readonly targets?: number;
  /** What the pipeline says of its tables, as YAML in one line; default: all of public. */
  readonly tables?: string;
  readonly version?: '14' | '18';
  /** Settings of the source's server. */
  readonly sourceSettings?: Readonly<Record<string, string>>;
  /** A Temporal service of its own, with a database file, that the test may kill or replace. */
  readonly ownTemporal?: boolean;
  /** Default: short, for tests that kill a worker. */
  readonly heartbeatTimeout?: string;
  /** False: of the shared service, nobody has registered them. */
  readonly searchAttributes?: false;
}

/** Where the scene's workflows live. */
interface TemporalHome {
  readonly address: string;
  readonly namespace: string;
  readonly service: LocalTemporal | null;
  close(): Promise<void>;
}

const DATABASE = 'shop';

export class Scene {
  worker: WorkerProcess | null = null;
  readonly pipeline = 'shop';

  private constructor(
    public temporal: TemporalHome,
    public client: SluiceClient,
    readonly source: LocalPostgres,
    readonly targets: readonly LocalPostgres[],
    readonly directory: string,
    readonly env: Record<string, string>,
  ) {}

  get configPath(): string {
    return join(this.directory, 'sluice.yaml');
  }

  get target(): LocalPostgres {
    const [first] = this.targets;
    if (first === undefined) throw new Error('a scene has a target');
    return first;
  }

  static async open(options: SceneOptions): Promise<Scene> {
    const version = options.version ?? '18';
    const temporal = await openHome(options);
    const source = await startPostgres({ version, settings: options.sourceSettings ?? {} });
    const targets = await Promise.all(
      Array.from({ length: options.targets ?? 1 }, () => startPostgres({ version })),
    );
    const directory = await mkdtemp(join(tmpdir(), 'sluice-e2e-'));
    const env: Record<string, string> = {
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      SOURCE_URL: source.url(DATABASE),
    };
    targets.forEach((target, n) => (env[`TARGET_${n}_URL`] = target.url(DATABASE)));
    const client = await connect(temporal);
    const scene = new Scene(temporal, client, source, targets, directory, env);
    await scene.sourceSql(`create database ${DATABASE}`, 'postgres');
    await writeFile(scene.configPath, configText(targets.length, options));
    return scene;
  }

  /** The Temporal service with all its histories is gone; an empty one takes its place. */
  async loseTemporal(options: SceneOptions): Promise<void> {
    await this.client.close();
    await this.temporal.service?.kill();
    await this.temporal.close();
    this.temporal = await openHome(options);
    this.env.TEMPORAL_ADDRESS = this.temporal.address;
    this.client = await connect(this.temporal);
  }

  async startWorker(args: readonly string[] = []): Promise<WorkerProcess> {
    this.worker = await WorkerProcess.start(this.configPath, this.env, args);
    return this.worker;
  }

  sourceSql<Row extends pg.QueryResultRow>(sql: string, database = DATABASE): Promise<Row[]> {
    return query<Row>(this.source.url(database), sql);
  }

  targetSql<Row extends pg.QueryResultRow>(
    sql: string,
    n = 0,
    database = DATABASE,
  ): Promise<Row[]> {
    const target = this.targets[n] ?? this.target;
    return query<Row>(target.url(database), sql);
  }

  /** Every table of a target streams. */
  async streaming(n = 0, timeoutMs = 120_000): Promise<void> {
    await waitFor(
      'every table streams',
      async () => {
        const rows = await this.tableStates(n);
        return rows.length > 0 && rows.every((row) => row.phase === 'streaming');
      },
      { timeoutMs, intervalMs: 200 },
    );
  }

  async tableStates(
    n = 0,
  ): Promise<{ slug: string; phase: string; epoch: string; fault_code: string | null }[]> {
    try {
      return await this.targetSql(
        'select slug, phase, epoch, fault_code from sluice.table_state',
        n,
      );
    } catch {
      return [];
    }
  }

  /** The target has passed everything that the source had committed when this was called. */
  async caughtUp(n = 0, timeoutMs = 60_000): Promise<void> {
    const [end] = await this.sourceSql<{ lsn: string }>('select pg_current_wal_insert_lsn() lsn');
    const lsn = end?.lsn ?? '0/0';
    // Something after it, so that the position can pass it also when nothing else is written.
    await this.sourceSql("select pg_logical_emit_message(true, 'test', 'mark')");
    await waitFor(
      'the lane passes the end of the source',
      async () => {
        const [lane] = await this.targetSql<{ position: string | null }>(
          'select position from sluice.lane',
          n,
        );
        return (lane?.position ?? '') >= fixedWidth(lsn);
      },
      { timeoutMs, intervalMs: 100 },
    );
  }

  /** Row by row: the ordered text of every row, hashed by each server. */
  async fingerprint(side: 'source' | number, table: string, key: string): Promise<string> {
    const sql = `select count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' order by ${key})), '') as fingerprint from ${table} t`;
    const rows =
      side === 'source'
        ? await this.sourceSql<{ fingerprint: string }>(sql)
        : await this.targetSql<{ fingerprint: string }>(sql, side);
    return rows[0]?.fingerprint ?? '';
  }

  async close(): Promise<void> {
    await this.worker?.kill();
    await this.client.close();
    await this.temporal.close();
    await Promise.all([this.source, ...this.targets].map((server) => server.remove()));
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function openHome(options: SceneOptions): Promise<TemporalHome> {
  if (options.ownTemporal !== true) {
    const shared = await openTemporal(
      options.label,
      options.searchAttributes === false ? {} : { searchAttributes: SEARCH_ATTRIBUTES },
    );
    return {
      address: shared.address,
      namespace: shared.namespace,
      service: null,
      close: () => shared.close(),
    };
  }
  const found = await ensureTemporal({ env: { ...process.env, TEMPORAL_ADDRESS: undefined } });
  if (found.kind !== 'binary') throw new Error('the test needs the binary of the Temporal CLI');
  const directory = await mkdtemp(join(tmpdir(), 'sluice-temporal-db-'));
  const service = await startTemporal({
    binary: found.path,
    dbFilename: join(directory, 'temporal.db'),
    searchAttributes: SEARCH_ATTRIBUTES,
  });
  return {
    address: service.address,
    namespace: 'default',
    service,
    close: async () => {
      await service.remove();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function connect(temporal: TemporalHome): Promise<SluiceClient> {
  const { address, namespace } = temporal;
  return SluiceClient.connect(
    temporalSettings({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }),
  );
}

/** As `sluice.lane.position` is written. */
function fixedWidth(lsn: string): string {
  const [high = '0', low = '0'] = lsn.split('/');
  return `${high.padStart(8, '0')}/${low.padStart(8, '0')}`.toUpperCase();
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result = await client.query<Row>(sql);
    return result.rows;
  } finally {
    await client.end();
  }
}

function configText(targets: number, options: SceneOptions): string {
  const numbers = Array.from({ length: targets }, (_, n) => n);
  return [
    'version: 1',
    'connections:',
    '  from: { engine: postgres, url: "${SOURCE_URL}", tls: { mode: disable } }',
    ...numbers.map(
      (n) => `  to${n}: { engine: postgres, url: "\${TARGET_${n}_URL}", tls: { mode: disable } }`,
    ),
    'pipelines:',
    '  shop:',
    '    source: { connection: from, createPublication: true, createSlot: true }',
    '    targets:',
    ...numbers.map((n) => `      to${n}: { connection: to${n}, createDatabase: true }`),
    `    tables: ${options.tables ?? '{ include: ["public.*"] }'}`,
    `    heartbeatTimeout: ${options.heartbeatTimeout ?? '3s'}`,
    options.pipeline ?? '',
    '',
  ].join('\n');
}
