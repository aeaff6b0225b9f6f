/**
 * What activities work with: the configuration as it is now, and the databases of a pipeline,
 * opened when first used and closed together. Secrets are resolved at each connect and stay here.
 */
import { loadConfig, type LoadedConfig } from '../config/load.js';
import { createSecretSource } from '../config/environment.js';
import { effectiveTable, switchedOffBy, type EffectiveTable } from '../config/effective-table.js';
import { resolveConnection } from '../config/resolve-connection.js';
import type { PipelineConfig, TargetConfig } from '../config/schema.js';
import { SluiceError } from '../core/errors.js';
import type { EngineConfig } from '../config/engine-config.js';
import type { FeedKind } from '../core/feed-kind.js';
import { displayName, type TableName } from '../core/names.js';
import type { ConnectionResolver } from '../engines/contract/connection.js';
import type { FeedName } from '../engines/contract/feed.js';
import type { TableModel } from '../engines/contract/schema.js';
import type { Database, Engine, SourceDatabase, TargetDatabase } from '../engines/engine.js';
import { engineConfigs, engines } from '../engines/registry.js';
import type { TableRow } from '../state/store.js';
import { configuredModel } from './configured-model.js';
import type { ControlStore } from './control-store.js';
import { isAgreed } from './lost-targets.js';

export interface SessionOptions {
  /** `--config`; otherwise found as spec section 1 says. */
  readonly configPath?: string;
  readonly cwd?: string;
  /** Where a worker remembers, by pipeline, the last configuration that was valid and had it. */
  readonly memory?: Map<string, LoadedConfig>;
  /** What control tables said last, where somebody reads them. */
  readonly control?: ControlStore;
}

/**
 * The configuration as the files are now, with what control tables said last. Throws what is wrong
 * with the files.
 */
export function readConfiguration(options: SessionOptions): LoadedConfig {
  return loadConfig({
    engines: engineConfigs,
    control: options.control?.content,
    cache: options.control?.cache,
    ...(options.configPath === undefined ? {} : { path: options.configPath }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/**
 * An invalid new configuration, or one that lacks the pipeline, is reported by the watch; work goes
 * on with the old one.
 */
function usableConfiguration(options: SessionOptions, pipeline: string): LoadedConfig {
  const former = options.memory?.get(pipeline);
  try {
    const loaded = readConfiguration(options);
    if (loaded.config.pipelines[pipeline] !== undefined) return loaded;
    if (former === undefined) refuseUnread(options, loaded);
    return former ?? loaded;
  } catch (error) {
    if (former === undefined) throw error;
    return former;
  }
}

/** Whether a target of the former one is gone. */
function losesTargets(former: LoadedConfig, loaded: LoadedConfig, pipeline: string): boolean {
  const targetsOf = ({ config }: LoadedConfig): string[] =>
    Object.keys(config.pipelines[pipeline]?.targets ?? {});
  const present = targetsOf(loaded);
  return targetsOf(former).some((name) => !present.includes(name));
}

/** What the sessions that begin now work with, as far as that can be told without asking a target. */
export function presentConfiguration(options: SessionOptions, pipeline: string): LoadedConfig {
  const former = options.memory?.get(pipeline);
  const loaded = usableConfiguration(options, pipeline);
  return former !== undefined && losesTargets(former, loaded, pipeline) ? former : loaded;
}

/** Before control tables were read, nobody knows whether they declare a pipeline. */
function refuseUnread({ control }: SessionOptions, { config }: LoadedConfig): void {
  if (config.controlTables === undefined || control?.content !== undefined) return;
  throw new SluiceError(
    'SERVER_UNREACHABLE',
    `The control tables, on the connection ${config.controlTables.connection}, could not be read yet.`,
    { remedy: 'Work goes on as soon as that database answers; sluice check says what is wrong.' },
  );
}

export class PipelineSession {
  readonly config: PipelineConfig;
  readonly #loaded: LoadedConfig;
  readonly #opened: Database[] = [];
  #source: Promise<SourceDatabase> | null = null;
  readonly #targets = new Map<string, Promise<TargetDatabase>>();

  private constructor(
    readonly pipeline: string,
    loaded: LoadedConfig,
    private readonly purpose: string,
    private readonly control: ControlStore | undefined,
  ) {
    const config = loaded.config.pipelines[pipeline];
    if (config === undefined) throw unknownPipeline(pipeline, Object.keys(loaded.config.pipelines));
    this.config = config;
    this.#loaded = loaded;
  }

  /** Open nothing yet; run the work; close what it opened, whatever happens. */
  static async use<T>(
    options: SessionOptions,
    pipeline: string,
    purpose: string,
    work: (session: PipelineSession) => Promise<T>,
  ): Promise<T> {
    const loaded = await PipelineSession.#agreed(options, pipeline, purpose);
    return PipelineSession.#with(options, pipeline, purpose, loaded, work);
  }

  /** What a worker had goes on until somebody confirmed the loss of a target. */
  static async #agreed(
    options: SessionOptions,
    pipeline: string,
    purpose: string,
  ): Promise<LoadedConfig> {
    const former = options.memory?.get(pipeline);
    const loaded = usableConfiguration(options, pipeline);
    if (loaded === former || loaded.config.pipelines[pipeline] === undefined) return loaded;
    if (former !== undefined && losesTargets(former, loaded, pipeline)) {
      if (!(await PipelineSession.#with(options, pipeline, purpose, loaded, isAgreed)))
        return former;
    }
    options.memory?.set(pipeline, loaded);
    return loaded;
  }

  static async #with<T>(
    options: SessionOptions,
    pipeline: string,
    purpose: string,
    loaded: LoadedConfig,
    work: (session: PipelineSession) => Promise<T>,
  ): Promise<T> {
    const session = new PipelineSession(pipeline, loaded, purpose, options.control);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }

  targetConfig(target: string): TargetConfig {
    const config = this.config.targets[target];
    if (config !== undefined) return config;
    throw new SluiceError(
      'TARGET_UNKNOWN',
      `The pipeline ${this.pipeline} has no target "${target}".`,
      { remedy: `Its targets are: ${Object.keys(this.config.targets).join(', ')}.` },
    );
  }

  get targetNames(): readonly string[] {
    return Object.keys(this.config.targets);
  }

  sourceEngine(): Engine {
    return this.#engine(this.config.source.connection);
  }

  targetEngine(target: string): Engine {
    return this.#engine(this.targetConfig(target).connection);
  }

  source(): Promise<SourceDatabase> {
    this.#source ??= this.#open(
      this.sourceEngine().openSource(this.#sourceResolver(), {
        applicationName: this.#applicationName(),
        own: { ...this.config.source },
      }),
    );
    this.#source.catch(() => (this.#source = null));
    return this.#source;
  }

  target(target: string): Promise<TargetDatabase> {
    const known = this.#targets.get(target);
    if (known !== undefined) return known;
    const opened = this.#openTarget(target);
    this.#targets.set(target, opened);
    // What could not be opened may be there at the next look of a session that lives for hours.
    opened.catch(() => this.#targets.delete(target));
    return opened;
  }

  async #openTarget(target: string): Promise<TargetDatabase> {
    const connection = this.resolver(this.targetConfig(target).connection);
    return this.#open(
      this.targetEngine(target).openTarget(connection, {
        applicationName: this.#applicationName(),
        own: { ...this.targetConfig(target) },
        peer: () => this.source(),
        enforceForeignKeys: this.config.foreignKeys === 'enforce',
      }),
    );
  }

  resolver(connection: string): ConnectionResolver {
    const secrets = createSecretSource(undefined, undefined, this.control?.stored);
    return () => resolveConnection(this.#loaded.config, connection, engineConfigs, secrets);
  }

  /** The source may be given less time for a statement than its connection allows. */
  #sourceResolver(): ConnectionResolver {
    const { connection, care } = this.config.source;
    const resolve = this.resolver(connection);
    return () => {
      const settings = resolve();
      const statementTimeout = Math.min(settings.statementTimeout, care.statementTimeout);
      return { ...settings, statementTimeout };
    };
  }

  /** Settings of a table, with what the levels above it switch off. */
  settings(target: string, source: TableName): EffectiveTable & { readonly active: boolean } {
    const settings = effectiveTable(this.config, source);
    const off = switchedOffBy(this.config, this.targetConfig(target), settings);
    return { ...settings, active: off === undefined };
  }

  feedName(target: string, kind: FeedKind): FeedName {
    const source: Readonly<Record<string, unknown>> = { ...this.config.source };
    const own: Readonly<Record<string, unknown>> = { ...this.targetConfig(target) };
    const { publication } = source;
    const { slot } = own;
    return {
      kind,
      pipeline: this.pipeline,
      target,
      mayCreate: this.#mayCreateFeed(kind, source),
      own: source,
      ...(typeof publication === 'string' ? { publication } : {}),
      ...(typeof slot === 'string' ? { slot } : {}),
    };
  }

  /** The feed of a target that left the configuration: only what Sluice made for it is meant. */
  leftFeedName(target: string, kind: FeedKind): FeedName {
    const own: Readonly<Record<string, unknown>> = { ...this.config.source };
    return { kind, pipeline: this.pipeline, target, mayCreate: true, own };
  }

  #mayCreateFeed(kind: FeedKind, source: Readonly<Record<string, unknown>>): boolean {
    const engine = this.sourceEngine().name;
    const config = Object.entries<EngineConfig>(engineConfigs).find(([name]) => name === engine);
    return config?.[1].mayCreateFeed(kind, source) ?? false;
  }

  /** The source's present model of one table. Throws TABLE_MISSING. */
  async model(row: TableRow): Promise<TableModel> {
    const [model] = await this.modelsFor(row.target, [row.source]);
    if (model === undefined) {
      throw new SluiceError(
        'TABLE_MISSING',
        `The source has no table ${displayName(row.source)} any more.`,
        { remedy: `Restore it, or let it go: sluice apply --pipeline ${this.pipeline} --confirm.` },
      );
    }
    return model;
  }

  /** The source's present models of these tables, as a target is to have them. */
  async modelsFor(target: string, names: readonly TableName[]): Promise<readonly TableModel[]> {
    const source = await this.source();
    return (await source.listTables(names)).map((model) => this.#configured(model, [target]));
  }

  /** Every table that the pipeline's patterns could mean. */
  async models(): Promise<readonly TableModel[]> {
    const source = await this.source();
    return (await source.listTables()).map((model) => this.#configured(model, this.targetNames));
  }

  #configured(model: TableModel, targets: readonly string[]): TableModel {
    const asText = targets.flatMap((target) => this.textsFor(target, model.name));
    const settings = effectiveTable(this.config, model.name);
    return configuredModel(model, { ...settings, asText: [...new Set(asText)] });
  }

  /** Columns of a table that a target gets as text. */
  textsFor(target: string, source: TableName): readonly string[] {
    return this.#isAcross(target) ? (effectiveTable(this.config, source).asText ?? []) : [];
  }

  /** Between servers of one engine nothing needs to be text. */
  #isAcross(target: string): boolean {
    if (this.config.targets[target] === undefined) return false;
    return this.targetEngine(target).name !== this.sourceEngine().name;
  }

  /** End what its databases run at this moment; see Database. */
  async interrupt(): Promise<void> {
    await Promise.allSettled(this.#opened.map((database) => database.interrupt()));
  }

  async close(): Promise<void> {
    const opened = this.#opened.splice(0);
    await Promise.allSettled(opened.map((database) => database.close()));
  }

  async #open<T extends Database>(opening: Promise<T>): Promise<T> {
    const database = await opening;
    this.#opened.push(database);
    return database;
  }

  #engine(connection: string): Engine {
    const name = this.#loaded.config.connections[connection]?.engine ?? '';
    const engine = engines[name];
    if (engine !== undefined) return engine;
    throw new SluiceError('CONFIG_INVALID', `No engine serves the connection ${connection}.`, {
      remedy: 'Correct its engine in the configuration.',
    });
  }

  #applicationName(): string {
    return `sluice ${this.pipeline} ${this.purpose}`;
  }
}

function unknownPipeline(pipeline: string, known: readonly string[]): SluiceError {
  return new SluiceError('PIPELINE_UNKNOWN', `There is no pipeline "${pipeline}".`, {
    remedy:
      known.length === 0
        ? 'The configuration declares none; sluice init writes one.'
        : `The configuration declares: ${known.join(', ')}.`,
  });
}

/** The row of a table, or TABLE_UNKNOWN. */
export async function requireTable(
  target: TargetDatabase,
  ref: { pipeline: string; target: string; slug: string },
): Promise<TableRow> {
  const row = await target.state.tables.find(ref.pipeline, ref.target, ref.slug);
  if (row !== null) return row;
  throw new SluiceError(
    'TABLE_UNKNOWN',
    `The pipeline ${ref.pipeline} knows no table ${ref.slug} on ${ref.target}.`,
    { remedy: 'Look at sluice tables.' },
  );
}
