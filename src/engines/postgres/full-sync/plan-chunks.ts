import type pg from 'pg';
import type { ChunkRange } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import type { PgRelation } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { quoteQualified } from '../sql/quote.js';

/** Sizes as they are now: what the statistics say may be old. */
const SIZES = `
select leaf.oid::text as oid,
       pg_relation_size(leaf.oid) / current_setting('block_size')::bigint as pages,
       pg_table_size(leaf.oid) as bytes,
       c.reltuples / nullif(c.relpages, 0) as density
  from unnest($1::oid[]) as leaf (oid)
  join pg_class c on c.oid = leaf.oid`;

interface Size {
  oid: string;
  pages: string | null;
  bytes: string | null;
  /** Rows per page as the statistics say; null before the first of them. */
  density: number | null;
}

/** How large a chunk may become; without `rows` its bytes alone decide. */
export interface ChunkLimit {
  readonly bytes: number;
  readonly rows?: number | undefined;
}

/** Where the statistics know nothing: rows of about this size. */
const ASSUMED_ROWS_PER_PAGE = 60;

/**
 * Ranges of row addresses within `limit`, as nearly as can be estimated (values stored out of line included). The last
 * range of a leaf has no end, so that it holds what is added while others are read. A table without
 * a key is one chunk: a row that is read twice could never be found again.
 */
export async function planChunks(
  client: pg.ClientBase,
  model: TableModel,
  limit: ChunkLimit,
): Promise<readonly ChunkRange[]> {
  const table = nativeTable(model);
  const { leaves } = table;
  // Also without a partition there is one chunk: an epoch without any has nothing to copy.
  if (model.key === null || leaves.length === 0) return [wholeOf(table.root)];
  const sizes = await client.query<Size>(SIZES, [leaves.map((leaf) => leaf.oid)]);
  const byOid = new Map(sizes.rows.map((row) => [row.oid, row]));
  return leaves.flatMap((leaf) => {
    const size = byOid.get(leaf.oid);
    const pages = Number(size?.pages ?? 0);
    const density = size?.density ?? ASSUMED_ROWS_PER_PAGE;
    const known = { pages, bytes: Number(size?.bytes ?? 0), rows: pages * Math.max(density, 1) };
    return rangesOf(leaf, known, limit);
  });
}

/** Exported for its tests: pages 0 to the end without a gap or an overlap. */
export function rangesOf(
  leaf: Pick<PgRelation, 'schema' | 'name'>,
  { pages, bytes, rows }: { pages: number; bytes: number; rows: number },
  limit: ChunkLimit,
): ChunkRange[] {
  const wanted = Math.max(bytes / limit.bytes, rows / (limit.rows ?? Infinity));
  const chunks = Math.max(1, Math.min(pages, Math.ceil(wanted)));
  const pagesEach = Math.max(1, Math.floor(pages / chunks));
  const borders: number[] = [];
  for (let page = pagesEach; page < pages; page += pagesEach) borders.push(page);
  const relation = relationName(leaf);
  return [null, ...borders].map((from, index) => ({
    relation,
    from: from === null ? null : tid(from),
    to: index < borders.length ? tid(borders[index] ?? 0) : null,
  }));
}

/** How a chunk names what it reads; compared, never parsed. */
export function relationName(relation: Pick<PgRelation, 'schema' | 'name'>): string {
  return quoteQualified(relation.schema, relation.name);
}

function wholeOf(root: PgRelation): ChunkRange {
  return { relation: relationName(root), from: null, to: null };
}

function tid(page: number): string {
  return `(${String(page)},0)`;
}
