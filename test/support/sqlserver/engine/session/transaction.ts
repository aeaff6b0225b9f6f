/**
 * Transactions of T-SQL over those of PostgreSQL. BEGIN TRAN counts up, COMMIT counts down,
 * ROLLBACK undoes everything. A statement that fails undoes itself alone, unless XACT_ABORT is on:
 * inside a transaction each one runs behind a savepoint then.
 * test/conformance/sqlserver/transactions: "counts BEGIN TRAN and commits with the last COMMIT",
 * test/conformance/sqlserver/transactions: "goes on after a failed statement",
 * test/conformance/sqlserver/transactions: "is undone whole, and its batch ends".
 */
import { SqlError } from '../../backend.js';
import type { OnRow, PgStatement } from './pg-pipeline.js';
import type { PgSession } from './pg-session.js';
import type { SessionState } from './state.js';

const SAVEPOINT = 'statement';

export interface TransactionEvents {
  changed(change: 'begun' | 'committed' | 'rolledBack'): void;
  /** The catalog may be another one now. */
  ended(definitions: boolean): void;
}

function plain(text: string): PgStatement {
  return { text, params: [] };
}

export class Transaction {
  /** @@TRANCOUNT. */
  count = 0;
  /** Only a rollback is possible: the transaction is gone, and the client does not know it yet. */
  doomed = false;
  isSnapshot = false;
  /** A definition ran in it. */
  defines = false;
  /** PostgreSQL's transaction is undone, and abort() has not been told yet. */
  #gone = false;
  #appliedTimeout: number | undefined;
  readonly #saved = new Map<string, string>();
  /** What the outermost BEGIN TRAN called it. */
  #name = '';

  constructor(
    private readonly pg: PgSession,
    private readonly state: SessionState,
    private readonly events: TransactionEvents,
  ) {}

  async begin(name = '', isolation = this.state.options.isolation): Promise<void> {
    if (this.doomed) throw uncommittable();
    this.count += 1;
    if (this.count > 1) return;
    this.#name = name.toLowerCase();
    this.isSnapshot = isolation === 'snapshot';
    const level = this.isSnapshot ? 'REPEATABLE READ' : 'READ COMMITTED';
    await this.pg.command(`BEGIN ISOLATION LEVEL ${level}`);
    this.events.changed('begun');
  }

  /** 3902 without a transaction. */
  async commit(): Promise<void> {
    if (this.count === 0) {
      throw new SqlError(
        3902,
        'The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.',
      );
    }
    if (this.doomed) throw uncommittable();
    if (this.count > 1) {
      this.count -= 1;
      return;
    }
    try {
      await this.pg.command('COMMIT');
      this.#end('committed');
    } catch (error) {
      this.#end('rolledBack');
      throw error;
    }
  }

  /** 3903 without a transaction, 6401 for a name that neither a savepoint nor it has. */
  async rollback(name: string): Promise<void> {
    if (this.count === 0) {
      throw new SqlError(
        3903,
        'The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.',
      );
    }
    const saved = this.#saved.get(name.toLowerCase());
    if (name !== '' && saved !== undefined && !this.doomed) {
      this.#appliedTimeout = undefined;
      return this.pg.command(`ROLLBACK TO ${saved}`);
    }
    if (name !== '' && saved === undefined && name.toLowerCase() !== this.#name) {
      throw new SqlError(
        6401,
        `Cannot roll back ${name}. No transaction or savepoint of that name was found.`,
      );
    }
    if (!this.doomed && !this.#gone) await this.pg.command('ROLLBACK');
    this.#end('rolledBack');
  }

  async save(name: string): Promise<void> {
    if (this.count === 0) {
      throw new SqlError(628, 'Cannot issue SAVE TRANSACTION when there is no active transaction.');
    }
    const point = `saved${String(this.#saved.size + 1)}`;
    this.#saved.set(name.toLowerCase(), point);
    await this.pg.command(`SAVEPOINT ${point}`);
  }

  /** After an error that ends the transaction, or with XACT_ABORT. In a TRY block it is doomed. */
  async abort(insideTry: boolean): Promise<void> {
    if (this.count === 0 || this.doomed) return;
    if (!this.#gone) await this.pg.command('ROLLBACK');
    this.#gone = false;
    if (insideTry) {
      this.doomed = true;
      this.#appliedTimeout = undefined;
    } else this.#end('rolledBack');
  }

  /** One statement, or several that stand or fall together; the rows of `main` come back. */
  async run(statements: readonly PgStatement[], main: number, onRow: OnRow): Promise<number> {
    const timeout = this.#timeout();
    const open = this.count > 0 && !this.doomed;
    if (!open && statements.length === 1) {
      return this.pg.run([...timeout, ...statements], timeout.length + main, onRow);
    }
    const guarded = open && !this.state.options.xactAbort;
    const before = open ? (guarded ? [plain(`SAVEPOINT ${SAVEPOINT}`)] : []) : [plain('BEGIN')];
    const after = open ? (guarded ? [plain(`RELEASE ${SAVEPOINT}`)] : []) : [plain('COMMIT')];
    const all = [...timeout, ...before, ...statements, ...after];
    try {
      return await this.pg.run(all, timeout.length + before.length + main, onRow);
    } catch (error) {
      await this.#undo(open, guarded);
      throw error;
    }
  }

  /** Work of several round trips that stands or falls together. */
  async atomic<T>(work: () => Promise<T>): Promise<T> {
    if (this.doomed) throw uncommittable();
    const open = this.count > 0;
    const guarded = open && !this.state.options.xactAbort;
    for (const { text } of this.#timeout()) await this.pg.command(text);
    if (!open) await this.pg.command('BEGIN');
    else if (guarded) await this.pg.command(`SAVEPOINT ${SAVEPOINT}`);
    try {
      const result = await work();
      if (!open) await this.pg.command('COMMIT');
      else if (guarded) await this.pg.command(`RELEASE ${SAVEPOINT}`);
      return result;
    } catch (error) {
      await this.#undo(open, guarded);
      throw error;
    }
  }

  async #undo(open: boolean, guarded: boolean): Promise<void> {
    this.#appliedTimeout = undefined;
    if (!guarded) {
      // At once, so that the catalog can be asked for the words of the error.
      await this.pg.command('ROLLBACK');
      this.#gone = open;
    } else {
      await this.pg.command(`ROLLBACK TO ${SAVEPOINT}; RELEASE ${SAVEPOINT}`);
    }
  }

  #timeout(): PgStatement[] {
    const { lockTimeout } = this.state.options;
    if (this.#appliedTimeout === lockTimeout) return [];
    this.#appliedTimeout = lockTimeout;
    return [plain(`SET lock_timeout = ${String(postgresTimeout(lockTimeout))}`)];
  }

  #end(change: 'committed' | 'rolledBack'): void {
    this.count = 0;
    this.doomed = false;
    this.isSnapshot = false;
    this.#gone = false;
    this.#saved.clear();
    if (change === 'rolledBack') this.#appliedTimeout = undefined;
    const { defines } = this;
    this.defines = false;
    this.events.ended(defines);
    this.events.changed(change);
  }
}

export function uncommittable(): SqlError {
  return new SqlError(
    3930,
    'The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction.',
  );
}

/** PostgreSQL's 0 waits for ever, SQL Server's does not wait at all. */
export function postgresTimeout(lockTimeout: number): number {
  return lockTimeout < 0 ? 0 : Math.max(1, lockTimeout);
}
