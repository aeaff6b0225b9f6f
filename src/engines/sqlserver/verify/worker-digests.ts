import type { Digest, DigestPart, DigestRequest, RowDigest } from '../../contract/verify.js';
import type { MsSession } from '../sql-session.js';
import type { Digests } from './digests.js';
import { keysPerStatement } from '../types/key-table.js';
import { canonicalKeys } from './key-values.js';
import { plainRowsByKeySql, plainRowsSql } from './sql/digest-sql.js';
import type { VerifyTable } from './verify-columns.js';
import type { HashedRow } from './worker-hash.js';
import { DigestSum, hashRow, PartSums } from './worker-hash.js';

/** Digests of rows that are read and hashed one after the other. */
export class WorkerDigests implements Digests {
  constructor(
    private readonly session: MsSession,
    private readonly table: VerifyTable,
  ) {}

  async digest(request: DigestRequest): Promise<Digest> {
    const sum = new DigestSum();
    for await (const row of this.#all(request)) sum.add(row);
    return sum.digest;
  }

  async parts(
    request: DigestRequest,
    prefixes: readonly string[],
    digits: { readonly above: number; readonly below: number },
  ): Promise<DigestPart[]> {
    const sums = new PartSums(new Set(prefixes), digits);
    for await (const row of this.#all(request)) sums.add(row);
    return sums.parts;
  }

  async rows(request: DigestRequest, prefixes: readonly string[]): Promise<RowDigest[]> {
    const wanted = new Set(prefixes);
    const digits = prefixes[0]?.length ?? 0;
    const rows: RowDigest[] = [];
    for await (const { key, keyHash, hash } of this.#all(request)) {
      if (wanted.has(keyHash.slice(0, digits))) rows.push({ key, hash });
    }
    return rows;
  }

  async rowsByKey(request: DigestRequest, keys: readonly string[]): Promise<RowDigest[]> {
    const { key } = this.table;
    const found: RowDigest[] = [];
    const step = keysPerStatement(key.length);
    for (let start = 0; start < keys.length; start += step) {
      const some = canonicalKeys(key, keys.slice(start, start + step));
      const sql = plainRowsByKeySql(request, this.table, some.sql);
      for await (const row of this.session.stream(sql, some.params)) {
        const { key: text, hash } = hashRow(this.table, row);
        found.push({ key: text, hash });
      }
    }
    return found;
  }

  async *#all(request: DigestRequest): AsyncGenerator<HashedRow, void, undefined> {
    const sql = plainRowsSql(request, this.table);
    for await (const row of this.session.stream(sql)) yield hashRow(this.table, row);
  }
}
