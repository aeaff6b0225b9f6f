/** Sessions that write to the source: each its own transactions, so that theirs overlap. */
import type pg from 'pg';
import type { TestDatabase } from '../../../support/postgres.js';
import { WRITERS } from './history.js';

export class Writers {
  readonly #open = new Set<number>();

  private constructor(private readonly clients: readonly pg.Client[]) {}

  static async connect(source: TestDatabase): Promise<Writers> {
    const clients: pg.Client[] = [];
    for (let n = 0; n < WRITERS; n++) {
      const client = await source.connect();
      // What another writer holds is not waited for: both belong to one test.
      await client.query(`set lock_timeout = '20ms'; set deadlock_timeout = '10ms'`);
      clients.push(client);
    }
    return new Writers(clients);
  }

  async begin(n: number): Promise<void> {
    if (this.#open.has(n)) return;
    await this.#client(n).query('begin');
    this.#open.add(n);
  }

  async end(n: number, how: 'commit' | 'rollback'): Promise<void> {
    if (!this.#open.delete(n)) return;
    await this.#client(n).query(how);
  }

  async savepoint(n: number, how: 'savepoint' | 'rollbackTo'): Promise<void> {
    if (!this.#open.has(n)) return;
    const client = this.#client(n);
    if (how === 'savepoint') await client.query('savepoint mine');
    else await client.query('rollback to savepoint mine').catch(async () => this.#restore(n));
  }

  /** All of them or none; the reason when they were refused. */
  async write(n: number, statements: readonly string[]): Promise<string | null> {
    const client = this.#client(n);
    const within = this.#open.has(n);
    await client.query(within ? 'savepoint step' : 'begin');
    try {
      for (const statement of statements) await client.query(statement);
      await client.query(within ? 'release savepoint step' : 'commit');
      return null;
    } catch (error) {
      await client.query(within ? 'rollback to savepoint step' : 'rollback');
      return error instanceof Error ? error.message : String(error);
    }
  }

  async endAll(): Promise<void> {
    for (const n of [...this.#open]) await this.end(n, 'commit');
  }

  /** There was no savepoint: the transaction is lost and begins again. */
  async #restore(n: number): Promise<void> {
    await this.end(n, 'rollback');
    await this.begin(n);
  }

  #client(n: number): pg.Client {
    const client = this.clients[n];
    if (client === undefined) throw new Error(`There is no writer ${n}.`);
    return client;
  }
}
