/** What every command works with: the configuration, databases and Temporal, opened when needed. */
import { SluiceClient } from '../client.js';
import { temporalSettings } from '../client/connection-options.js';
import { readEnvironment } from '../config/environment.js';
import type { LoadedConfig } from '../config/load.js';
import { PipelineSession, readConfiguration } from '../session/pipeline-session.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import type { Selection } from './select.js';
import { styleFor, type Style } from './text/style.js';

export interface GlobalOptions extends Selection {
  readonly config?: string;
  readonly json?: boolean;
}

export class CliContext {
  exitCode: ExitCode = EXIT.ok;

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

  load(): LoadedConfig {
    return readConfiguration(this.#sessionOptions());
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

  #sessionOptions(): { configPath?: string; cwd: string } {
    const { config } = this.options;
    return { cwd: this.io.cwd, ...(config === undefined ? {} : { configPath: config }) };
  }
}
