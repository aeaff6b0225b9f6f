/** A Temporal service with its Web UI on this machine, for the demo, development and the tests. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SluiceError } from '../core/errors.js';
import { freePort, isPortFree } from './free-port.js';
import { guard, release } from './guardian.js';
import { sendSignal, waitUntilGone } from './processes.js';
import { lastLines } from './server-log.js';

export { ensureTemporal } from './temporal-binary.js';
export type { EnsureTemporalOptions, TemporalFound } from './temporal-binary.js';

const run = promisify(execFile);

export interface TemporalOptions {
  /** Path of a Temporal CLI, from `ensureTemporal`. */
  readonly binary: string;
  /** 0 or nothing: any free port, the same one after every restart. */
  readonly port?: number;
  readonly uiPort?: number;
  /** Keeps the workflows over a restart; without it they are lost when the service ends. */
  readonly dbFilename?: string;
  /** Beside `default`. */
  readonly namespaces?: readonly string[];
  /** Name to type (Keyword, Int, Datetime, …), registered in every namespace named here. */
  readonly searchAttributes?: Readonly<Record<string, string>>;
  /** Dynamic configuration of the server: key to JSON value. */
  readonly dynamicConfig?: Readonly<Record<string, string>>;
}

export interface LocalTemporal {
  readonly address: string;
  readonly uiUrl: string;
  /** Process id; undefined while it is stopped. */
  readonly pid: number | undefined;
  /** Returns when the service has ended; idempotent. */
  stop(): Promise<void>;
  /** Starts it again on the same ports, after a stop if it runs. */
  restart(): Promise<void>;
  /** SIGKILL, like a crash. */
  kill(): Promise<void>;
  /** Stops the service and deletes its log; a database file that the caller named stays. */
  remove(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const PORT_ATTEMPTS = 5;

/** Starts a service and returns when it answers. Throws LOCAL_SERVER_FAILED with its last log lines. */
export async function startTemporal(options: TemporalOptions): Promise<LocalTemporal> {
  const home = await mkdtemp(join(tmpdir(), 'sluice-temporal-'));
  const anyPort = given(options.port) === undefined || given(options.uiPort) === undefined;
  for (let attempt = 1; ; attempt += 1) {
    const port = given(options.port) ?? (await freePort());
    const uiPort = given(options.uiPort) ?? (await freePort());
    const service = new Service(options, home, port, uiPort);
    try {
      await service.restart();
      return service;
    } catch (error) {
      // Somebody took a port between the probe and the start.
      if (anyPort && attempt < PORT_ATTEMPTS && isPortTaken(error)) continue;
      await service.remove();
      throw error;
    }
  }
}

class Service implements LocalTemporal {
  pid: number | undefined;
  private hasEnded = false;

  constructor(
    private readonly options: TemporalOptions,
    private readonly home: string,
    private readonly port: number,
    private readonly uiPort: number,
  ) {}

  get address(): string {
    return `127.0.0.1:${String(this.port)}`;
  }

  get uiUrl(): string {
    return `http://127.0.0.1:${String(this.uiPort)}`;
  }

  async stop(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    sendSignal(pid, 'SIGTERM');
    if (!(await waitUntilGone([pid], STOP_TIMEOUT_MS))) return this.kill();
    this.ended(pid);
  }

  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    sendSignal(pid, 'SIGKILL');
    await waitUntilGone([pid]);
    this.ended(pid);
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.refuseTakenPort();
    const log = join(this.home, 'temporal.log');
    const handle = await open(log, 'a', 0o600);
    const { size } = await stat(log);
    try {
      this.launch(handle.fd);
      await this.waitUntilReady();
    } catch (cause) {
      await this.kill();
      throw new SluiceError(
        'LOCAL_SERVER_FAILED',
        `The Temporal service did not start: ${await lastLines(log, size)}`,
        { remedy: 'Check that its ports are free and its database file can be written.', cause },
      );
    } finally {
      await handle.close();
    }
  }

  /** Whoever listens there would answer in place of this one, which looked as if it had started. */
  private async refuseTakenPort(): Promise<void> {
    if (await isPortFree(this.port)) return;
    throw new SluiceError(
      'LOCAL_SERVER_FAILED',
      `The Temporal service did not start: ${this.address}: address already in use.`,
      { remedy: 'End what listens there, or choose another port.' },
    );
  }

  private launch(log: number): void {
    this.hasEnded = false;
    const child = spawn(this.options.binary, startArguments(this.options, this.port, this.uiPort), {
      stdio: ['ignore', log, log],
      // A Ctrl-C in the terminal is for the program, which stops its servers in its own order.
      detached: true,
      windowsHide: true,
    });
    // The end of a process that was killed before may be told only now: it is not that of this one.
    const ended = () => {
      if (this.pid === child.pid) this.hasEnded = true;
    };
    child.once('error', ended);
    child.once('exit', ended);
    child.unref();
    this.pid = child.pid;
    // Without a database file there is nothing that a clean stop would save.
    const signal = this.options.dbFilename === undefined ? 'SIGKILL' : 'SIGTERM';
    if (child.pid !== undefined) guard({ pid: child.pid, signal, directory: this.home });
  }

  private async waitUntilReady(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    const health = ['operator', 'cluster', 'health', '--address', this.address];
    const namespaces = [...(this.options.namespaces ?? []), 'default'];
    while (Date.now() < deadline) {
      if (this.hasEnded) throw new Error('the process has ended');
      const healthy = await this.ask(health);
      if (healthy && (await this.haveNamespaces(namespaces))) return;
      await delay(50);
    }
    throw new Error(`no answer within ${String(START_TIMEOUT_MS / 1000)} seconds`);
  }

  /**
   * A request of the kind that callers will make: the service looks the namespace up in a registry
   * that it reads at intervals, which `operator namespace describe` passes by.
   */
  private async haveNamespaces(names: readonly string[]): Promise<boolean> {
    for (const name of names) {
      const count = ['workflow', 'count', '-n', name, '--address', this.address];
      if (!(await this.ask(count))) return false;
    }
    return true;
  }

  private async ask(args: readonly string[]): Promise<boolean> {
    const asked = run(this.options.binary, [...args], { timeout: 10_000, windowsHide: true });
    return asked.then(
      () => true,
      () => false,
    );
  }

  private ended(pid: number): void {
    release(pid);
    this.pid = undefined;
  }
}

function given(port: number | undefined): number | undefined {
  return port === 0 ? undefined : port;
}

function startArguments(options: TemporalOptions, port: number, uiPort: number): string[] {
  const { dbFilename, namespaces = [], searchAttributes = {}, dynamicConfig = {} } = options;
  const storage =
    dbFilename === undefined
      ? []
      : [
          ...['--db-filename', dbFilename],
          // Six times the throughput of the defaults, measured on a local disk.
          ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
        ];
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'error'],
    ...['--port', String(port), '--ui-port', String(uiPort)],
    ...storage,
    ...namespaces.flatMap((name) => ['--namespace', name]),
    ...pairs('--search-attribute', searchAttributes),
    ...pairs('--dynamic-config-value', dynamicConfig),
  ];
}

function pairs(flag: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

function isPortTaken(error: unknown): boolean {
  return (
    error instanceof SluiceError && /address already in use|Only one usage/i.test(error.message)
  );
}
