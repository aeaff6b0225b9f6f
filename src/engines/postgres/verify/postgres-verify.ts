import type { Position } from '../../contract/feed.js';
import type {
  Digest,
  DigestPart,
  DigestRequest,
  OrphanRequest,
  RowDigest,
  VerifyDatabase,
} from '../../contract/verify.js';
import type { Query, SqlSession } from '../sql-session.js';
import { digestSql, partsSql, rowsByKeySql, rowsSql } from './digest-sql.js';
import { keyArrays } from './key-values.js';
import { orphansSql } from './orphans-sql.js';
import type { VerifyTable } from './verify-columns.js';
import { readVerifyTable } from './verify-columns.js';

export interface PostgresVerifyOptions {
  /** Of what reads the newest rows only; 0 for none. */
  readonly statementTimeoutMs: number;
  /** The feed's end on a source; null on a target. */
  readonly position: () => Promise<Position | null>;
}

export interface VersionedRow extends RowDigest {
  readonly version: string;
}

const KEYS_PER_STATEMENT = 1_000;
/**
 * A digest says nothing until its end, so the server would not notice that nobody waits any more.
 * Servers on systems that cannot look refuse the setting (client_connection_check_interval, "this
 * option relies on kernel events").
 */
const LOOK_FOR_CLIENT = `
do $$
begin
  perform set_config('client_connection_check_interval', '10s', true);
exception when invalid_parameter_value then
  null;
end $$`;
/** A whole table is one statement. As long as an activity may take at most. */
const WHOLE_TABLE = '24h';

/** Digests of one database's tables, computed by its server; no value of a row leaves it but keys. */
export class PostgresVerify implements VerifyDatabase {
  constructor(
    private readonly session: SqlSession,
    private readonly options: PostgresVerifyOptions,
  ) {}

  async digest(request: DigestRequest): Promise<Digest> {
    return this.read(request, async (query, table) => {
      const rows = await query<{ rows: string; hash: string }>(digestSql(request, table));
      return { rows: Number(rows[0]?.rows ?? 0), hash: rows[0]?.hash ?? '0' };
    });
  }

  /** Parts of several prefixes of one length in one pass; `parts` (a power of 16) for each. */
  async digestPartsBelow(
    request: DigestRequest,
    prefixes: readonly string[],
    parts: number,
  ): Promise<readonly DigestPart[]> {
    const above = prefixes[0]?.length ?? 0;
    const below = above + hexDigits(parts);
    return this.read(request, async (query, table) => {
      const sql = partsSql(request, table, { above, below });
      const rows = await query<{ part: string; rows: string; hash: string }>(sql, [
        numbers(prefixes),
      ]);
      return rows.map((row) => ({
        id: BigInt(row.part).toString(16).padStart(below, '0'),
        digest: { rows: Number(row.rows), hash: row.hash },
      }));
    });
  }

  /** Rows of several parts of one length in one pass. */
  async rowsOfParts(
    request: DigestRequest,
    prefixes: readonly string[],
  ): Promise<readonly RowDigest[]> {
    return this.read(request, async (query, table) => {
      const sql = rowsSql(request, table, prefixes[0]?.length ?? 0);
      return query<{ key: string; hash: string }>(sql, [numbers(prefixes)]);
    });
  }

  /** With the row's version, so that a row that was changed and changed back is seen to move. */
  async rowsByKey(
    request: DigestRequest,
    keys: readonly string[],
  ): Promise<readonly VersionedRow[]> {
    return this.read(request, async (query, table) => {
      const found: VersionedRow[] = [];
      for (let start = 0; start < keys.length; start += KEYS_PER_STATEMENT) {
        const some = keys.slice(start, start + KEYS_PER_STATEMENT);
        const arrays = keyArrays(table.key, some);
        found.push(
          ...(await query<VersionedRow & Record<string, unknown>>(
            rowsByKeySql(request, table),
            arrays,
          )),
        );
      }
      return found;
    });
  }

  async orphans(request: OrphanRequest): Promise<number> {
    return this.readOnly(WHOLE_TABLE, async (query) => {
      const [row] = await query<{ n: string }>(orphansSql(request));
      return Number(row?.n ?? 0);
    });
  }

  async position(): Promise<Position | null> {
    return this.options.position();
  }

  private async read<T>(
    request: DigestRequest,
    work: (query: Query, table: VerifyTable) => Promise<T>,
  ): Promise<T> {
    const limit = request.lastRows === null ? WHOLE_TABLE : String(this.options.statementTimeoutMs);
    return this.readOnly(limit, async (query) =>
      work(query, await readVerifyTable(query, request)),
    );
  }

  private async readOnly<T>(limit: string, work: (query: Query) => Promise<T>): Promise<T> {
    return this.session.transaction(async (query) => {
      await query('SET TRANSACTION READ ONLY');
      await query(`SET LOCAL statement_timeout = '${limit}'`);
      await query(LOOK_FOR_CLIENT);
      return work(query);
    });
  }
}

/** Null stands for all: there is one part of no digits. */
function numbers(prefixes: readonly string[]): string[] | null {
  if (prefixes.some((prefix) => prefix === '')) return null;
  return prefixes.map((prefix) => BigInt(`0x${prefix}`).toString());
}

function hexDigits(parts: number): number {
  const digits = Math.log2(parts) / 4;
  if (Number.isInteger(digits) && digits > 0) return digits;
  throw new RangeError('The number of parts has to be a power of 16.');
}
