import pg from 'pg';
import type { OnRow, PgStatement } from './pg-pipeline.js';
import { Pipeline, Prepared } from './pg-pipeline.js';

/** Statements that one connection keeps prepared; beyond that it forgets all of them. */
const MOST_PREPARED = 400;

/** The PostgreSQL connection of one session. */
export class PgSession {
  readonly #prepared = new Prepared();

  private constructor(
    readonly client: pg.Client,
    readonly processId: number,
  ) {}

  static async open(url: string): Promise<PgSession> {
    const client = new pg.Client({ connectionString: url, application_name: 'sql server session' });
    // A server that stops ends its sessions; whoever uses one hears of it there.
    client.on('error', () => undefined);
    await client.connect();
    await client.query(`SET jit = off; SET deadlock_timeout = '100ms'`);
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return new PgSession(client, rows[0]?.pid ?? 0);
  }

  /** All in one round trip; answers with the count of the statement `main`. */
  async run(statements: readonly PgStatement[], main: number, onRow: OnRow): Promise<number> {
    if (this.#prepared.size > MOST_PREPARED) {
      await this.client.query('DEALLOCATE ALL');
      this.#prepared.clear();
    }
    return this.client.query(new Pipeline(statements, main, this.#prepared, onRow)).done;
  }

  async command(text: string): Promise<void> {
    await this.client.query(text);
  }

  async query<Row extends object>(
    sql: string,
    params: readonly unknown[],
  ): Promise<readonly Row[]> {
    const { rows } = await this.client.query<Row>(sql, [...params]);
    return rows;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
