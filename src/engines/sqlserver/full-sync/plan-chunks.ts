import { displayName } from '../../../core/names.js';
import type { ChunkRange } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import { msNumberOf } from '../ms-errors.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import type { MsSession } from '../sql-session.js';
import { keyText } from '../types/key-sql.js';
import { tableChanged } from './changed.js';
import { chunkKey } from './chunk-key.js';
import type { Border } from './range.js';
import { rangesBetween } from './range.js';
import { bordersSql } from './sql/chunk-sql.js';

/** How large a chunk may become; without `rows` its bytes alone decide. */
export interface ChunkLimit {
  readonly bytes: number;
  readonly rows?: number | undefined;
}

/** Where nothing is known of the size of a row. */
const DEFAULT_ROWS = 5_000;
/**
 * A chunk costs a transaction on the target, and a row's size is an estimate: so bytes alone make
 * none smaller. Rows that the configuration says are taken at their word.
 */
const MIN_ROWS = 100;
const NO_COLUMN = new Set([207, 208]);

/**
 * Ranges of keys of about `limit.bytes` each, with at most `limit.rows` rows. The last has no end, so that it holds what is added
 * while others are read. The borders are read without a snapshot: whatever they are, the ranges
 * between them hold every row.
 */
export async function planChunks(
  session: MsSession,
  model: TableModel,
  limit: ChunkLimit,
): Promise<readonly ChunkRange[]> {
  const relation = quoteQualified(model.name.schema, model.name.table);
  const key = chunkKey(model);
  if (key === null) return [{ relation, from: null, to: null }];
  const texts = key.columns.map(keyText);
  const borders: Border[] = [];
  const sql = bordersSql(relation, key.columns);
  try {
    const step = rowsPerChunk(model, limit);
    for await (const row of session.stream(sql, [param.bigint('step', step)])) {
      borders.push(key.columns.map(({ name }, at) => [name, texts[at]?.(row[at]) ?? null]));
    }
  } catch (error) {
    if (NO_COLUMN.has(msNumberOf(error) ?? 0)) throw tableChanged(displayName(model.name));
    throw error;
  }
  const nullable = key.nullable ? (key.columns[0]?.name ?? null) : null;
  return rangesBetween(relation, distinct(borders), nullable);
}

function rowsPerChunk(model: TableModel, { bytes, rows = Infinity }: ChunkLimit): number {
  const { rowsEstimated, bytesEstimated } = model;
  if (rowsEstimated <= 0 || bytesEstimated <= 0) return Math.min(DEFAULT_ROWS, rows);
  const byBytes = Math.max(MIN_ROWS, Math.floor((bytes * rowsEstimated) / bytesEstimated));
  return Math.max(1, Math.min(byBytes, rows));
}

/** Equal values of a key that is not unique may be borders more than once. */
function distinct(borders: readonly Border[]): Border[] {
  const texts = new Set(borders.map((border) => JSON.stringify(border)));
  return [...texts].map((text) => JSON.parse(text) as Border);
}
