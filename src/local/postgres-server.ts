/** Real PostgreSQL servers for the demo and the tests, run from the binaries that npm installed. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '../core/errors.js';
import { freePort } from './free-port.js';
import { guard, release } from './guardian.js';
import { findBinaries } from './postgres-binaries.js';
import type { PostgresVersion } from './postgres-binaries.js';
import { ADMIN, prepareDataDir, temporaryDataDir, writeSettings } from './postgres-data-dir.js';
import { isPortTaken, launch, stopStale, stopWithPgCtl } from './postgres-process.js';
import type { Launch } from './postgres-process.js';
import { killWithChildren, processExists, sendSignal, waitUntilGone } from './processes.js';
import { serverUser } from './server-user.js';

export type { PostgresVersion } from './postgres-binaries.js';

/** smart waits for sessions to end, fast ends them, immediate skips the shutdown checkpoint. */
export type StopMode = 'smart' | 'fast' | 'immediate';

export interface PostgresOptions {
  readonly version: PostgresVersion;
  /** Kept by `stop`, reused by the next start; without it a temporary one that `remove` deletes. */
  readonly dataDir?: string;
  /** 0 or nothing: any free port, the same one after every restart. */
  readonly port?: number;
  /** Server settings over the defaults of this module (wal_level logical, 20 slots, 200 sessions). */
  readonly settings?: Readonly<Record<string, string>>;
  /** Used when the cluster is created; an existing one keeps its password. */
  readonly password?: string;
}

export interface LocalPostgres {
  readonly version: PostgresVersion;
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly dataDir: string;
  /** Process id of the postmaster; undefined while it is stopped. */
  readonly pid: number | undefined;
  /** A connection string of the superuser. */
  url(database: string): string;
  /** Returns when the server has ended; idempotent. Default: fast. */
  stop(mode?: StopMode): Promise<void>;
  /** Starts it on the same port, after a fast stop if it runs. */
  restart(): Promise<void>;
  /** SIGKILL to every process of the server, like a power failure of its machine. */
  kill(): Promise<void>;
  /** Stops the server and deletes its data directory. */
  remove(): Promise<void>;
}

const STOP_SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
const PORT_ATTEMPTS = 5;

/**
 * Starts a server and returns when it accepts connections. A server that a crashed process left in
 * the same data directory is stopped first. Throws LOCAL_SERVER_FAILED with the last lines of the
 * server's log, and LOCAL_SERVER_IN_USE when a living process owns the data directory.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const user = await serverUser();
  const binaries = await findBinaries(options.version, user);
  const home = options.dataDir === undefined ? await temporaryDataDir(user) : undefined;
  const dataDir = options.dataDir ?? join(home ?? '', 'data');
  const { version } = options;
  const settings = options.settings ?? {};
  const base = { version, dataDir, binaries, user };
  try {
    await stopStale(base);
    const password = await prepareDataDir({ ...base, password: options.password });
    const server = new Server({ ...base, settings }, password, home);
    await server.startOnFreePort(options.port ?? 0);
    return server;
  } catch (error) {
    if (home !== undefined) await rm(home, { recursive: true, force: true });
    throw error;
  }
}

class Server implements LocalPostgres {
  readonly host = '127.0.0.1';
  readonly user = ADMIN;
  port = 0;
  pid: number | undefined;

  constructor(
    private readonly plan: Launch,
    readonly password: string,
    private readonly temporaryHome: string | undefined,
  ) {}

  get version(): PostgresVersion {
    return this.plan.version;
  }

  get dataDir(): string {
    return this.plan.dataDir;
  }

  url(database: string): string {
    const login = `${this.user}:${encodeURIComponent(this.password)}`;
    return `postgres://${login}@${this.host}:${String(this.port)}/${encodeURIComponent(database)}`;
  }

  async startOnFreePort(wanted: number): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.port = wanted === 0 ? await freePort() : wanted;
      try {
        await this.start();
        return;
      } catch (error) {
        // Somebody took the port between the probe and the start.
        if (wanted !== 0 || attempt >= PORT_ATTEMPTS || !isPortTaken(error)) throw error;
      }
    }
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    if (process.platform === 'win32') {
      // It fails when there is nothing to stop any more.
      if (processExists(pid)) await stopWithPgCtl(this.plan, mode);
    } else sendSignal(pid, STOP_SIGNALS[mode]);
    if (!(await waitUntilGone([pid], 60_000))) {
      throw new SluiceError(
        'LOCAL_SERVER_FAILED',
        `PostgreSQL ${this.version} (process ${String(pid)}) did not stop within 60 seconds.`,
        { remedy: 'Close the sessions that a smart stop waits for, or stop with mode fast.' },
      );
    }
    this.ended(pid);
  }

  async restart(): Promise<void> {
    await this.stop('fast');
    await this.start();
  }

  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    await killWithChildren(pid);
    this.ended(pid);
  }

  async remove(): Promise<void> {
    await this.stop('immediate');
    const path = this.temporaryHome ?? this.dataDir;
    // On Windows the last files stay busy for a moment after the process has ended.
    for (let attempt = 1; attempt < 10; attempt += 1) {
      const failed = await rm(path, { recursive: true, force: true }).then(
        () => false,
        () => true,
      );
      if (!failed) return;
      await delay(100 * attempt);
    }
    await rm(path, { recursive: true, force: true });
  }

  private async start(): Promise<void> {
    const settings = { ...this.plan.settings, port: String(this.port) };
    await writeSettings(this.dataDir, settings, this.plan.user);
    const pid = await launch(this.plan);
    this.pid = pid;
    // A temporary cluster has no future, so nothing in it is worth a clean shutdown.
    const temporary = this.temporaryHome;
    guard({ pid, signal: temporary === undefined ? 'SIGINT' : 'SIGQUIT', directory: temporary });
  }

  private ended(pid: number): void {
    release(pid);
    this.pid = undefined;
  }
}
