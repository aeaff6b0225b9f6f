import { z } from 'zod';
import type { FeedKind } from '../../../../src/core/feed-kind.js';
import type { TableName } from '../../../../src/core/names.js';
import type { MsRow, TestMsDatabase, TestMsServer } from '../../../support/sqlserver/server.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Blow, Kind, Row, SourceEnd, WriterSession } from '../ends.js';
import { DIALECT } from './dialect.js';

/** Not Sluice's: no blow is meant for it. */
const OURS = '/* ours */';
const THEIRS = String.raw`^(?!/\* ours \*/)`;

const KILLABLE = `select session_id from sys.dm_exec_sessions
 where database_id = db_id() and program_name like N'sluice%' order by session_id`;

const COLUMNS = `select c.name, t.name as type from sys.columns c
 join sys.types t on t.user_type_id = c.user_type_id
 where c.object_id = object_id(N'TABLE')`;

const TIME = `select sysdatetime() as now`;

type Sql = (batch: string) => Promise<MsRow[]>;

export class SqlServerEnd implements SourceEnd {
  readonly engine = 'sqlserver';
  readonly schema = 'dbo';
  readonly dialect = DIALECT;
  readonly keys: Readonly<Record<string, unknown>>;
  #own: Promise<Sql> | null = null;
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(
    private readonly database: TestMsDatabase,
    private readonly feed: FeedKind,
  ) {
    this.keys = {
      ...(feed === 'cdc' ? { enableCdc: true } : { enableChangeTracking: true }),
      discover: 'off',
    };
  }

  static async open(server: TestMsServer, feed: FeedKind = 'cdc'): Promise<SqlServerEnd> {
    return new SqlServerEnd(await server.createDatabase('history'), feed);
  }

  get name(): string {
    return this.database.name;
  }

  get url(): string {
    return this.database.url;
  }

  async create(kinds: readonly Kind[], first: (kind: Kind) => string): Promise<void> {
    for (const kind of kinds) {
      await this.query(kind.ddl);
      await this.query(first(kind));
    }
  }

  async query(sql: string): Promise<readonly MsRow[]> {
    this.#own ??= this.#session();
    return (await this.#own)(`${OURS} ${sql}`);
  }

  async rows({ schema, table }: TableName): Promise<readonly Row[]> {
    const columns = await this.query(COLUMNS.replace('TABLE', `${schema}.${table}`));
    const list = columns.map(({ name, type }) => expressionOf(String(name), String(type)));
    const found = await this.query(`select ${list.join(', ')} from "${schema}".${table}`);
    return found.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)])),
    );
  }

  async connect(): Promise<WriterSession> {
    const sql = await this.#session();
    // What another writer holds is not waited for: both belong to one test.
    await sql('set lock_timeout 20');
    return {
      run: async (statement) => {
        await sql(`${OURS} ${statement}`);
      },
    };
  }

  async strike(blow: Blow, nth: number): Promise<void> {
    if (blow === 'session') return this.#kill(nth);
    const fault = {
      commit: { kind: 'loseCommit', match: THEIRS, nth: nth + 1 },
      bulk: { kind: 'cutBulk', match: THEIRS, afterBytes: nth * 5_000 },
      deadlock: {
        kind: 'error',
        match: `${THEIRS}.*(insert|update|delete)`,
        nth: nth + 1,
        number: 1205,
      },
    }[blow];
    await this.database.sql(`exec standin.fault N'${JSON.stringify(fault)}'`);
  }

  async delay(ms: number | null): Promise<void> {
    if (this.feed !== 'cdc') return;
    const running = ms === null ? '@running = 0' : `@running = 1, @delay_ms = ${ms}`;
    await this.query(`exec standin.capture ${running}`);
  }

  /** The capture job has read all that was written before now. */
  async caughtUp(): Promise<void> {
    if (this.feed !== 'cdc') return;
    await this.query('exec standin.capture @running = 1, @delay_ms = 0, @idle_ms = 100');
    const [time] = await this.query(TIME);
    const read = `select sys.fn_cdc_map_lsn_to_time(sys.fn_cdc_get_max_lsn()) as until`;
    await waitFor('the capture job has caught up', async () => {
      const [row] = await this.query(read);
      return Number(row?.until) > Number(time?.now);
    });
  }

  async close(): Promise<void> {
    await this.database.sql('exec standin.clear_faults');
    await Promise.all(this.#closers.map(async (close) => close()));
    await this.database.drop();
  }

  /** It ends with this end. */
  async #session(): Promise<Sql> {
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    return new Promise((opened, failed) => {
      const session = this.database.session(async (sql) => {
        opened(sql);
        await over;
      });
      session.catch(failed);
      this.#closers.push(async () => {
        end();
        await session.catch(() => undefined);
      });
    });
  }

  async #kill(nth: number): Promise<void> {
    const sessions = await this.query(KILLABLE);
    const session = sessions[nth % Math.max(1, sessions.length)];
    if (session === undefined) return;
    // It may have ended by itself meanwhile.
    await this.query(`kill ${String(session.session_id)}`).catch(() => undefined);
  }
}

/** A value as PostgreSQL writes it. */
function expressionOf(name: string, type: string): string {
  if (type === 'uniqueidentifier') return `lower(convert(char(36), "${name}")) as "${name}"`;
  if (type === 'decimal') return `convert(varchar(60), "${name}") as "${name}"`;
  return `"${name}"`;
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : z.coerce.string().parse(value);
}
