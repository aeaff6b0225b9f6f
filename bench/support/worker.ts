/** The built worker as a process of its own, as it runs for a user. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const READY_WITHIN_MS = 120_000;

export class BenchWorker {
  #output = '';

  private constructor(private readonly child: ChildProcess) {
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-100_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  static async start(
    configPath: string,
    env: Readonly<Record<string, string>>,
  ): Promise<BenchWorker> {
    const child = spawn(process.execPath, [CLI, '--config', configPath, 'worker'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const worker = new BenchWorker(child);
    const until = Date.now() + READY_WITHIN_MS;
    while (!worker.#output.includes('The worker is ready.')) {
      if (child.exitCode !== null) throw new Error(`The worker ended: ${worker.#output}`);
      if (Date.now() > until) throw new Error('The worker was not ready in time.');
      await delay(50);
    }
    return worker;
  }

  /** What it wrote last, for the message of a failure. */
  get output(): string {
    return this.#output;
  }

  /** The most memory that it ever had, in MB; NaN where the system does not say (only Linux does). */
  async peakMemory(): Promise<number> {
    return (await this.#status('VmHWM')) / 1024;
  }

  /** Processor seconds that it has used so far; NaN as above. */
  async cpuSeconds(): Promise<number> {
    const text = await readFile(`/proc/${String(this.child.pid)}/stat`, 'utf8').catch(() => '');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async #status(field: string): Promise<number> {
    const text = await readFile(`/proc/${String(this.child.pid)}/status`, 'utf8').catch(() => '');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(late);
  }
}
