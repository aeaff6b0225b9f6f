import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { vi } from 'vitest';
import { keepSessions } from '../../../../src/engines/kept-sessions.js';
import type { PgConnection } from '../../../../src/engines/postgres/connection-options.js';
import { borrowPg, giveBackPg } from '../../../../src/engines/postgres/kept-clients.js';
import type { PostgresVersion } from '../../../../src/local/postgres-server.js';
import type { SharedPostgres, TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import { waitFor } from '../../../support/wait-for.js';
import { connectionTo } from '../protocol/support.js';

export const POOL = { min: 0, max: 5, idleTimeout: 60_000, healthCheckInterval: 60_000 };

/** A database, a login beside the superuser, and sessions that are kept as in a worker. */
export class KeptScene {
  /** Its password is `first`. */
  readonly roleName = `kept "${randomBytes(4).toString('hex')}`;
  readonly role = `"${this.roleName.replaceAll('"', '""')}"`;
  readonly #borrowed = new Set<pg.Client>();
  #stop: () => Promise<void> = () => Promise.resolve();

  private constructor(
    readonly server: SharedPostgres,
    readonly database: TestDatabase,
  ) {}

  static async open(version: PostgresVersion): Promise<KeptScene> {
    const server = sharedPostgres(version);
    const scene = new KeptScene(server, await createDatabase(server, 'kept sessions'));
    await scene.database.query(`create role ${scene.role} login password 'first'`);
    await scene.database.query('create table public.t (id int primary key)');
    return scene;
  }

  startKeeping(): void {
    this.#stop = keepSessions();
  }

  async stopKeeping(): Promise<void> {
    await this.#stop();
  }

  /** After each test: it has to have given back what it borrowed, and nothing else is left. */
  async end(): Promise<void> {
    vi.restoreAllMocks();
    await this.stopKeeping();
    // Of a test that failed.
    for (const client of this.#borrowed) await client.end();
    this.#borrowed.clear();
    await waitFor('no session is left', async () => (await this.sessions()) === 0);
  }

  async close(): Promise<void> {
    await this.database.query(`drop role ${this.role}`);
    await this.database.drop();
  }

  connection(changes: Partial<PgConnection> = {}): PgConnection {
    return connectionTo(this.server, {
      database: this.database.name,
      applicationName: 'sluice kept',
      pool: POOL,
      ...changes,
    });
  }

  async borrow(changes: Partial<PgConnection> = {}): Promise<pg.Client> {
    const client = await borrowPg(this.connection(changes), 'target');
    this.#borrowed.add(client);
    return client;
  }

  /** Use one, give it back and borrow again: the next one, and whether it is the same. */
  async handOver(
    use: (client: pg.Client) => Promise<unknown>,
    changes: Partial<PgConnection> = {},
  ): Promise<{ next: pg.Client; isSame: boolean }> {
    const first = await this.borrow();
    const pid = await pidOf(first);
    await use(first);
    await giveBackPg(first);
    const next = await this.borrow(changes);
    return { next, isSame: (await pidOf(next)) === pid };
  }

  /** As the server counts them; its own workers come and go. */
  async sessions(): Promise<number> {
    const [row] = await this.database.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
          and backend_type = 'client backend'`,
    );
    return row?.n ?? 0;
  }
}

export async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

export async function valueOf(client: pg.Client, expression: string): Promise<unknown> {
  const { rows } = await client.query<{ value: unknown }>(`select ${expression} as value`);
  return rows[0]?.value;
}
