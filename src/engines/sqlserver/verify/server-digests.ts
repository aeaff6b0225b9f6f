import { z } from 'zod';
import type { Digest, DigestPart, DigestRequest, RowDigest } from '../../contract/verify.js';
import type { MsSession } from '../sql-session.js';
import { param } from '../sql-session.js';
import type { Digests } from './digests.js';
import { keysPerStatement } from '../types/key-table.js';
import { canonicalKeys } from './key-values.js';
import { digestSql, partsSql, rowsByKeySql, rowsSql } from './sql/digest-sql.js';
import type { VerifyTable } from './verify-columns.js';
import { canonicalRow } from './worker-hash.js';

const DIGEST_ROW = z.object({ rows: z.coerce.number(), hash: z.string() });
const PART_ROW = z.object({ part: z.coerce.bigint(), rows: z.coerce.number(), hash: z.string() });

/** Digests computed by the server; nothing of a row leaves it but its key. */
export class ServerDigests implements Digests {
  constructor(
    private readonly session: MsSession,
    private readonly table: VerifyTable,
  ) {}

  async digest(request: DigestRequest): Promise<Digest> {
    const [row] = await this.session.query(digestSql(request, this.table));
    return DIGEST_ROW.parse(row);
  }

  async parts(
    request: DigestRequest,
    prefixes: readonly string[],
    digits: { readonly above: number; readonly below: number },
  ): Promise<DigestPart[]> {
    const sql = partsSql(request, this.table, digits);
    const rows = await this.session.query(sql, [param.nvarchar('prefixes', numbers(prefixes))]);
    return rows.map((row) => {
      const { part, ...digest } = PART_ROW.parse(row);
      return { id: part.toString(16).padStart(digits.below, '0'), digest };
    });
  }

  async rows(request: DigestRequest, prefixes: readonly string[]): Promise<RowDigest[]> {
    const sql = rowsSql(request, this.table, prefixes[0]?.length ?? 0);
    return this.#read(sql, [param.nvarchar('prefixes', numbers(prefixes))]);
  }

  async rowsByKey(request: DigestRequest, keys: readonly string[]): Promise<RowDigest[]> {
    const { key } = this.table;
    const found: RowDigest[] = [];
    const step = keysPerStatement(key.length);
    for (let start = 0; start < keys.length; start += step) {
      const some = canonicalKeys(key, keys.slice(start, start + step));
      found.push(...(await this.#read(rowsByKeySql(request, this.table, some.sql), some.params)));
    }
    return found;
  }

  async #read(sql: string, params: Parameters<MsSession['stream']>[1]): Promise<RowDigest[]> {
    const rows: RowDigest[] = [];
    for await (const [hash, ...key] of this.session.stream(sql, params)) {
      rows.push({ key: canonicalRow(this.table.key, key), hash: String(hash) });
    }
    return rows;
  }
}

/** `,1,2,`; null stands for all: there is one part of no digits. */
function numbers(prefixes: readonly string[]): string | null {
  if (prefixes.some((prefix) => prefix === '')) return null;
  return `,${prefixes.map((prefix) => BigInt(`0x${prefix}`).toString()).join(',')},`;
}
