import type { ChunkRange } from '../../contract/full-sync.js';
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/quote.js';
import { copyInFormat, copyOutFormat } from './wire.js';

export interface Relation {
  readonly schema: string;
  readonly name: string;
}

/**
 * One chunk of one leaf by a range of row addresses, which the server reads without touching the
 * rest (TID range scan, from version 14). `wholeTree` reads a partitioned table through its root.
 */
export function copyOutSql(
  relation: Relation & { readonly wholeTree: boolean },
  select: string,
  range: ChunkRange,
  wire: string,
): string {
  const from = relation.wholeTree ? 'from' : 'from only';
  const bounds = [
    ...(range.from === null ? [] : [`ctid >= ${quoteLiteral(range.from)}::tid`]),
    ...(range.to === null ? [] : [`ctid < ${quoteLiteral(range.to)}::tid`]),
  ];
  const where = bounds.length === 0 ? '' : ` where ${bounds.join(' and ')}`;
  const rows = `select ${select} ${from} ${quoteQualified(relation.schema, relation.name)}${where}`;
  return `copy (${rows}) to stdout (format ${copyOutFormat(wire)})`;
}

export function copyInSql(relation: Relation, columns: readonly string[], wire: string): string {
  const table = quoteQualified(relation.schema, relation.name);
  const list = columns.map(quoteIdent).join(', ');
  return `copy ${table} (${list}) from stdin (format ${copyInFormat(wire)})`;
}

/** A table without a key is one statement. As long as an activity may take at most. */
const LONGEST_READ = '24h';

/**
 * Begin the transaction of one chunk: the lock first, because the snapshot is taken by the first
 * query after it, and a rewrite that was waited for has to be seen.
 */
export function beginChunkSql(relation: Relation & { readonly wholeTree: boolean }): string {
  const only = relation.wholeTree ? '' : 'only ';
  return `
begin transaction isolation level repeatable read, read only;
set local jit = off;
lock table ${only}${quoteQualified(relation.schema, relation.name)} in access share mode;
set local statement_timeout = '${LONGEST_READ}'`;
}

/** A log position that all commits lie before which are visible to what was read before. */
export const SEEN_POSITION = `
select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
            else pg_current_wal_insert_lsn() end as position`;

/** The same, and the present identity of the relations. */
export const CHUNK_FACTS = `${SEEN_POSITION},
       (select coalesce(json_object_agg(oid::text, relfilenode::text), '{}')
          from pg_class
         where oid = any ($1::oid[])) as file_nodes`;

/**
 * A transaction number makes the server write its log out within a second, so that the feed soon
 * passes the position above: reading alone may leave the last bytes unsent for fifteen.
 */
export const NUDGE_LOG = `
select case when pg_is_in_recovery() then null else pg_current_xact_id()::text end as nudged`;
