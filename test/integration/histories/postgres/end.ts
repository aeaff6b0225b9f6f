import type { TableName } from '../../../../src/core/names.js';
import type { PostgresVersion } from '../../../../src/local/postgres-server.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { Blow, Kind, Row, SourceEnd, WriterSession } from '../ends.js';
import { DIALECT } from './dialect.js';

/** One of Sluice's sessions; their order stays. */
const KILL = `
select pg_terminate_backend(pid) from (
  select pid from pg_stat_activity
   where datname = current_database() and application_name like 'sluice%'
   order by pid) s
 offset $1 % greatest(1, (select count(*) from pg_stat_activity
   where datname = current_database() and application_name like 'sluice%')) limit 1`;

export class PostgresEnd implements SourceEnd {
  readonly engine = 'postgres';
  readonly schema = 'public';
  readonly dialect = DIALECT;
  readonly keys = { createPublication: true, createSlot: true };

  private constructor(private readonly database: TestDatabase) {}

  static async open(version: PostgresVersion): Promise<PostgresEnd> {
    return new PostgresEnd(await createDatabase(sharedPostgres(version), 'history'));
  }

  get name(): string {
    return this.database.name;
  }

  get url(): string {
    return this.database.url;
  }

  async create(kinds: readonly Kind[], first: (kind: Kind) => string): Promise<void> {
    // Transactions of some ten rows are sent while they are open.
    await this.query(
      `alter database "${this.database.name}" set logical_decoding_work_mem = '64kB'`,
    );
    await this.query(kinds.map((kind) => `${kind.ddl}; ${first(kind)}`).join(';\n'));
  }

  async query(sql: string): Promise<readonly Record<string, unknown>[]> {
    return this.database.query(sql);
  }

  async rows({ schema, table }: TableName): Promise<readonly Row[]> {
    const found = await this.database.query<{ row: Row }>(
      `select (select jsonb_object_agg(key, value) from jsonb_each_text(to_jsonb(t))) as row
         from ${schema}.${table} t`,
    );
    return found.map(({ row }) => row);
  }

  async connect(): Promise<WriterSession> {
    const client = await this.database.connect();
    // What another writer holds is not waited for: both belong to one test.
    await client.query(`set lock_timeout = '20ms'; set deadlock_timeout = '10ms'`);
    return {
      run: async (statement) => {
        await client.query(statement);
      },
    };
  }

  /** Every blow ends a session: the server has no other here. */
  async strike(_: Blow, nth: number): Promise<void> {
    await this.database.query(KILL, [nth]);
  }

  /** The log is sent as it is written. */
  async delay(): Promise<void> {
    return Promise.resolve();
  }

  async caughtUp(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.database.drop();
  }
}
