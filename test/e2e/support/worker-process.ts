import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../support/wait-for.js';

const CLI = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** The built worker as a process of its own, which can be killed like one. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  /** Everything it wrote, for tests that look for secrets, and for the message of a failure. */
  output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-2_000_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  static async start(
    configPath: string,
    env: NodeJS.ProcessEnv,
    args: readonly string[] = [],
  ): Promise<WorkerProcess> {
    const child = spawn(
      process.execPath,
      [CLI, '--config', configPath, 'worker', '--log-level', 'info', ...args],
      { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const worker = new WorkerProcess(child);
    await waitFor('the worker says that it is ready', () => {
      if (child.exitCode !== null) throw new Error(`The worker ended: ${worker.output}`);
      return Promise.resolve(worker.output.includes('The worker is ready.'));
    });
    return worker;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** SIGKILL: nothing of the process gets to say goodbye. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    await ended;
  }
}
