/** One stand-in server: a PostgreSQL database, its sessions and what they share. */
import pg from 'pg';
import type { Backend, Login, Session } from '../backend.js';
import { SqlError } from '../backend.js';
import { recordTsql } from '../record.js';
import { parseBatch } from '../tsql/batch.js';
import type { Statement } from '../tsql/ast.js';
import type { Catalog, DatabaseInfo } from './catalog-seam.js';
import { PgSession } from './session/pg-session.js';
import { EngineSession } from './session/session.js';
import { SessionState } from './session/state.js';

export interface EngineOptions {
  /** Connection string of the PostgreSQL database, which set-up.ts has prepared. */
  readonly url: string;
  readonly catalog: Catalog;
}

const FIRST_SPID = 51;
/** Texts whose trees are kept; a longer one than that is not. */
const MOST_TEXTS = 1000;
const LONGEST_TEXT = 50_000;

export class Engine implements Backend {
  readonly catalog: Catalog;
  readonly #url: string;
  readonly #admin: pg.Pool;
  readonly #spids = new Set<number>();
  readonly #texts = new Map<string, readonly Statement[]>();
  #version = 0;

  constructor({ url, catalog }: EngineOptions) {
    this.#url = url;
    this.catalog = catalog;
    this.#admin = new pg.Pool({ connectionString: url, max: 2 });
    this.#admin.on('error', () => undefined);
  }

  /** Counts definitions; plans of an earlier count are printed anew. */
  get catalogVersion(): number {
    return this.#version;
  }

  catalogChanged(): void {
    this.#version += 1;
  }

  async login(login: Login): Promise<Session> {
    const { user, password, database, appName, readOnlyIntent } = login;
    const connection = await PgSession.open(this.#url);
    try {
      const context = {
        login: user,
        query: async <Row extends object>(sql: string, params: readonly unknown[] = []) =>
          connection.query<Row>(sql, params),
      };
      const home = await this.catalog.login(context, user, password);
      const info = await this.#databaseOf(context, database === '' ? home : database);
      const state = new SessionState(this.#takeSpid(), user, appName, info, readOnlyIntent);
      await connection.query(
        `INSERT INTO ss.sessions (pid, spid, login, program, database_id, read_only)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (pid) DO UPDATE SET spid = excluded.spid, login = excluded.login,
           program = excluded.program, login_time = excluded.login_time,
           database_id = excluded.database_id, read_only = excluded.read_only`,
        [connection.processId, state.spid, user, appName, info.id, readOnlyIntent],
      );
      return new EngineSession(this, connection, state);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** A login names a database that it cannot open by 4060, where USE says 911 or 916. */
  async #databaseOf(
    context: Parameters<Catalog['database']>[0],
    name: string,
  ): Promise<DatabaseInfo> {
    try {
      return await this.catalog.database(context, name);
    } catch (error) {
      if (!(error instanceof SqlError) || ![911, 916].includes(error.number)) throw error;
      const message = `Cannot open database "${name}" requested by the login. The login failed.`;
      throw new SqlError(4060, message, { level: 11 });
    }
  }

  /** The tree of a batch; the same object for the same text. */
  parse(text: string): readonly Statement[] {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const statements = parseBatch(text);
    recordTsql(text);
    if (text.length <= LONGEST_TEXT) {
      if (this.#texts.size >= MOST_TEXTS) this.#texts.clear();
      this.#texts.set(text, statements);
    }
    return statements;
  }

  /** Stops what a session runs now. */
  async cancel(processId: number): Promise<void> {
    await this.#admin.query('SELECT pg_cancel_backend($1)', [processId]);
  }

  /** KILL: its work is rolled back; its client hears of it when it next asks. */
  async kill(spid: number): Promise<void> {
    const { rowCount } = await this.#admin.query(
      'SELECT pg_terminate_backend(pid, 5000) FROM ss.live_sessions WHERE spid = $1',
      [spid],
    );
    if (rowCount === 0)
      throw new SqlError(6106, `Process ID ${String(spid)} is not an active process ID.`);
  }

  releaseSpid(spid: number): void {
    this.#spids.delete(spid);
  }

  async close(): Promise<void> {
    await this.#admin.end();
  }

  #takeSpid(): number {
    let spid = FIRST_SPID;
    while (this.#spids.has(spid)) spid += 1;
    if (spid > 32_767)
      throw new SqlError(17_809, 'The maximum number of sessions is reached.', { level: 20 });
    this.#spids.add(spid);
    return spid;
  }
}
