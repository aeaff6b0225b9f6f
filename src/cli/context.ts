/** What every command works with: the configuration, databases and Temporal, opened when needed. */
import type { SluiceClient } from '../client.js';
import { temporalSettings } from '../client/connection-options.js';
import { readEnvironment } from '../config/environment.js';
import type { LoadedConfig } from '../config/load.js';
import { explainError, toSluiceError, type SluiceError } from '../core/errors.js';
import { ControlReader, type ControlSessionOptions } from '../session/control-reader.js';
import { ControlStore } from '../session/control-store.js';
import { PipelineSession, readConfiguration } from '../session/pipeline-session.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import type { Selection } from './select.js';
import { openProgress, type Progress } from './text/progress.js';
import { styleFor, type Style } from './text/style.js';

export interface GlobalOptions extends Selection {
  readonly config?: string;
  readonly json?: boolean;
}

export class CliContext {
  exitCode: ExitCode = EXIT.ok;
  readonly #control = new ControlStore();

  constructor(
    readonly io: Io,
    private readonly globals: () => GlobalOptions,
  ) {}

  get options(): GlobalOptions {
    return this.globals();
  }

  get json(): boolean {
    return this.options.json === true;
  }

  get style(): Style {
    return styleFor(this.io.stdout, this.io.env);
  }

  /** The environment with `.env` below it. */
  get env(): NodeJS.ProcessEnv {
    return readEnvironment(this.io.cwd, this.io.env);
  }

  /** What the files say; control tables are not asked. */
  loadFiles(): LoadedConfig {
    return readConfiguration(this.#sessionOptions());
  }

  /**
   * What files and control tables say. Where the tables cannot be read, the files alone, with a
   * remark; throws when they declare no pipeline.
   */
  async load(): Promise<LoadedConfig> {
    const { loaded, failure } = await this.tryLoad();
    if (failure === null) return loaded;
    if (Object.keys(loaded.config.pipelines).length === 0) throw failure;
    this.note(`The control tables could not be read. ${explainError(failure)}`);
    return loaded;
  }

  /** The same with what stood in the way of reading the control tables. */
  async tryLoad(): Promise<{ loaded: LoadedConfig; failure: SluiceError | null }> {
    const files = this.loadFiles();
    if (files.config.controlTables === undefined) return { loaded: files, failure: null };
    try {
      await this.useControlReader((reader) => reader.refresh());
      return { loaded: this.loadFiles(), failure: null };
    } catch (thrown) {
      return { loaded: files, failure: toSluiceError(thrown) };
    }
  }

  async useControlReader<T>(work: (reader: ControlReader) => Promise<T>): Promise<T> {
    const reader = new ControlReader(this.#sessionOptions());
    try {
      return await work(reader);
    } finally {
      await reader.close();
    }
  }

  use<T>(
    pipeline: string,
    purpose: string,
    work: (session: PipelineSession) => Promise<T>,
  ): Promise<T> {
    return PipelineSession.use(this.#sessionOptions(), pipeline, purpose, work);
  }

  /** Throws TEMPORAL_UNREACHABLE. Closed when the work is done. */
  async useClient<T>(work: (client: SluiceClient) => Promise<T>): Promise<T> {
    // Loaded here: commands that need no Temporal service would spend a third of their time on it.
    const { SluiceClient } = await import('../client.js');
    const client = await SluiceClient.connect(temporalSettings(this.env));
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }

  print(text: string): void {
    this.io.stdout.write(`${text}\n`);
  }

  printJson(value: unknown): void {
    this.io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** Progress and remarks: never in the way of what a script reads. */
  note(text: string): void {
    this.io.stderr.write(`${text}\n`);
  }

  /** Ctrl-C ends the waiting only: `text` says what becomes of the work. */
  async whileWaiting<T>(text: string, wait: (progress: Progress) => Promise<T>): Promise<T> {
    const progress = openProgress(this.io.stderr);
    const ended = this.io.onInterrupt?.(() => {
      progress.stop();
      // After the ^C that a terminal shows.
      this.note(this.io.stderr.isTTY === true ? `\n${text}` : text);
    });
    try {
      return await wait(progress);
    } finally {
      progress.stop();
      ended?.();
    }
  }

  #sessionOptions(): ControlSessionOptions {
    const { config } = this.options;
    const common = { cwd: this.io.cwd, control: this.#control };
    return { ...common, ...(config === undefined ? {} : { configPath: config }) };
  }
}
