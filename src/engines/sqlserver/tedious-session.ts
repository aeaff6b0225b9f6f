import { ISOLATION_LEVEL } from 'tedious';
import { SluiceError } from '../../core/errors.js';
import { bulkLoad } from './bulk-load.js';
import type { GuardedConnection } from './guarded-connection.js';
import { toMsError } from './ms-errors.js';
import type { Param } from './param.js';
import { streamParts } from './row-stream.js';
import { runRequest } from './run-request.js';
import type { BulkColumn, Isolation, MsSession, Query, Row } from './sql-session.js';

/**
 * Asked for by the request that begins a transaction: inside of one it is too late
 * (test/conformance/sqlserver/snapshot: "cannot be chosen inside a transaction").
 */
const LEVELS: Readonly<Record<Isolation, number>> = {
  'read committed': ISOLATION_LEVEL.READ_COMMITTED ?? 2,
  snapshot: ISOLATION_LEVEL.SNAPSHOT ?? 5,
};

export interface TediousSessionOptions {
  readonly subject: string;
  readonly spid: number;
  readonly statementTimeoutMs: number;
  /** So long a bulk load may stand still where statements have no limit. */
  readonly stalledMs: number;
  /** What makes a reset session ours again. */
  readonly settings: string;
}

/** One connection of the driver in the words of MsSession. */
export class TediousSession implements MsSession {
  readonly subject: string;
  readonly spid: number;
  readonly #connection: GuardedConnection;
  readonly #options: TediousSessionOptions;
  #open = true;
  /** Work of a transaction runs; see #assertTransaction. */
  #working = false;

  constructor(connection: GuardedConnection, options: TediousSessionOptions) {
    this.#connection = connection;
    this.#options = options;
    this.subject = options.subject;
    this.spid = options.spid;
    connection.once('end', () => (this.#open = false));
  }

  readonly query: Query = async <T extends Row>(sql: string, params: readonly Param[] = []) => {
    // The caller names the shape of what its own SQL selects.
    return (await this.#run(sql, params)) as readonly T[];
  };

  async batch(sql: string): Promise<void> {
    await this.#run(sql, null);
  }

  async transaction<T>(
    work: (query: Query) => Promise<T>,
    isolation: Isolation = 'read committed',
  ): Promise<T> {
    await this.#manage((done) => this.#connection.beginTransaction(done, '', LEVELS[isolation]));
    try {
      this.#working = true;
      const result = await work(this.query);
      this.#assertTransaction();
      await this.#manage((done) => this.#connection.commitTransaction(done));
      return result;
    } catch (error) {
      this.#working = false;
      await this.#rollback();
      // Already in our words, or the caller's own signal, which has to reach it as it is.
      throw error;
    } finally {
      this.#working = false;
      await this.#plainIsolation(isolation);
    }
  }

  async *stream(sql: string, params: readonly Param[] = []): AsyncGenerator<readonly unknown[]> {
    for await (const part of this.streamParts(sql, params)) yield* part;
  }

  async *streamParts(
    sql: string,
    params: readonly Param[] = [],
  ): AsyncGenerator<readonly (readonly unknown[])[]> {
    const idleMs = this.#options.statementTimeoutMs;
    this.#assertTransaction();
    try {
      yield* streamParts(this.#connection, { sql, params, idleMs });
    } catch (error) {
      throw toMsError(error, this.subject);
    }
  }

  async bulkLoad(
    table: string,
    columns: readonly BulkColumn[],
    parts: AsyncIterable<readonly (readonly unknown[])[]>,
  ): Promise<number> {
    const { statementTimeoutMs, stalledMs } = this.#options;
    const idleMs = statementTimeoutMs === 0 ? stalledMs : statementTimeoutMs;
    this.#assertTransaction();
    try {
      return await bulkLoad(this.#connection, { table, columns, idleMs }, parts);
    } catch (error) {
      throw toMsError(error, this.subject);
    }
  }

  inTransaction(): boolean {
    return this.#connection.inTransaction;
  }

  isOpen(): boolean {
    return this.#open;
  }

  cancel(): void {
    this.#connection.cancel();
  }

  async reset(): Promise<void> {
    await this.#manage((done) => this.#connection.reset(done));
    await this.batch(this.#options.settings);
  }

  close(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    return new Promise((resolve) => {
      this.#connection.once('end', () => resolve());
      this.#connection.close();
    });
  }

  async #run(sql: string, params: readonly Param[] | null): Promise<readonly Row[]> {
    const timeoutMs = this.#options.statementTimeoutMs;
    this.#assertTransaction();
    try {
      return await runRequest(this.#connection, { sql, params, timeoutMs });
    } catch (error) {
      throw toMsError(error, this.subject);
    }
  }

  /** Begin, commit, rollback and reset are requests of their own in TDS. */
  async #manage(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        start((error) => (error ? reject(error) : resolve()));
      });
    } catch (error) {
      throw toMsError(error, this.subject);
    }
  }

  /**
   * An error ends the transaction at once (test/conformance/sqlserver/transactions: "is undone
   * whole, and its batch ends, while XACT_ABORT is on"). Work that went on all the same would commit
   * each further statement by itself.
   */
  #assertTransaction(): void {
    if (!this.#working || !this.#open || this.#connection.inTransaction) return;
    const message = `A transaction on ${this.subject} had ended before its work did.`;
    throw new SluiceError('UNEXPECTED', message);
  }

  /** The server may have rolled back by itself; a session that cannot is of no use any more. */
  async #rollback(): Promise<void> {
    if (!this.#open || !this.#connection.inTransaction) return;
    try {
      await this.#manage((done) => this.#connection.rollbackTransaction(done));
    } catch {
      await this.close();
    }
  }

  /** A level that was asked for at BEGIN stays with the session. */
  async #plainIsolation(isolation: Isolation): Promise<void> {
    if (isolation === 'read committed' || !this.#open) return;
    await this.batch('SET TRANSACTION ISOLATION LEVEL READ COMMITTED;').catch(
      (_error: SluiceError) => this.close(),
    );
  }
}
