import type pg from 'pg';
import type { SluiceError } from '../../core/errors.js';
import { cancelBackend } from './cancel-backend.js';
import { connectPg, describeServer } from './connect.js';
import type { ConnectExtra, PgConnection, PgPurpose } from './connection-options.js';
import { borrowPg, giveBackPg } from './kept-clients.js';
import { toPgError } from './pg-errors.js';
import { placesOf } from '../session-places.js';
import { endClient } from './end-client.js';

/** Run one statement and get its rows. */
export type Query = <Row extends pg.QueryResultRow = pg.QueryResultRow>(
  sql: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

/**
 * One session that opens itself at the first statement and again after it was lost. Statements and
 * transactions run one after the other. Every error is a SluiceError as toPgError makes it.
 */
export class SqlSession {
  readonly subject: string;
  private client: Promise<pg.Client> | undefined;
  private tail: Promise<unknown> = Promise.resolve();
  private closed = false;
  private users = 0;
  private idleTimer: NodeJS.Timeout | undefined;
  private withdraw: (() => void) | undefined;

  constructor(
    private readonly connection: PgConnection,
    private readonly purpose: PgPurpose,
    private readonly extra: ConnectExtra = {},
  ) {
    this.subject = extra.subject ?? describeServer(connection, purpose);
  }

  readonly query: Query = (sql, values = []) => this.run((query) => query(sql, values));

  /** `work` in one transaction; it is rolled back when `work` throws. */
  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.run(async (query) => {
      await query('BEGIN');
      try {
        const result = await work(query);
        await query('COMMIT');
        return result;
      } catch (error) {
        await query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  /** Several statements on the session without anything else in between. */
  async run<T>(work: (query: Query) => Promise<T>): Promise<T> {
    this.users += 1;
    clearTimeout(this.idleTimer);
    const turn = this.tail
      .then(async () => this.withClient(work))
      .finally(() => {
        this.users -= 1;
        if (this.users === 0) this.rest();
      });
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  /** End the statement that runs now, if one does: it fails with SluiceError SERVER_BUSY. */
  async cancel(): Promise<void> {
    const running = await this.client?.catch(() => undefined);
    if (running === undefined || this.users === 0) return;
    await cancelBackend(running, async () => connectPg(this.connection, this.purpose, this.extra));
  }

  /** Waits for what runs; idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    await this.tail;
    clearTimeout(this.idleTimer);
    this.withdraw?.();
    await this.part(giveBackPg);
  }

  /** Nobody uses it: it is closed after a while, or at once when somebody waits for its place. */
  private rest(): void {
    const { pool } = this.connection;
    if (pool === undefined || this.closed || this.client === undefined) return;
    const places = placesOf(this.connection);
    this.withdraw ??= places?.offer(() => this.giveWay());
    if (places?.contested === true) {
      this.giveWay();
      return;
    }
    this.idleTimer = setTimeout(() => this.giveWay(), pool.idleTimeout);
    this.idleTimer.unref();
  }

  private giveWay(): boolean {
    if (this.users > 0 || this.client === undefined) return false;
    void this.part(giveBackPg);
    return true;
  }

  private async withClient<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.open();
    const query: Query = async <Row extends pg.QueryResultRow>(
      sql: string,
      values: readonly unknown[] = [],
    ) => {
      try {
        return (await client.query<Row>(sql, [...values])).rows;
      } catch (error) {
        const known = toPgError(error, this.subject);
        if (isLost(known)) await this.part(endClient);
        throw known;
      }
    };
    return work(query);
  }

  private async open(): Promise<pg.Client> {
    if (this.closed) throw toPgError(new Error('Connection terminated'), this.subject);
    if (this.client !== undefined) return this.client;
    const opening = borrowPg(this.connection, this.purpose, this.extra);
    this.client = opening;
    try {
      const client = await opening;
      client.once('end', () => {
        if (this.client === opening) this.client = undefined;
      });
      return client;
    } catch (error) {
      this.client = undefined;
      throw error;
    }
  }

  private async part(how: (client: pg.Client) => Promise<void>): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.then(how).catch(() => undefined);
  }
}

function isLost(error: SluiceError): boolean {
  return error.code === 'CONNECTION_LOST' || error.code === 'SERVER_UNREACHABLE';
}
