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

/** Where nothing is known of the size of a row. */
const DEFAULT_ROWS = 5_000;
/** A chunk costs a transaction on the target, and a row's size is an estimate. */
const MIN_ROWS = 100;
const NO_COLUMN = new Set([207, 208]);

/**
 * Ranges of keys of about `chunkBytes` each. The last has no end, so that it holds what is added
 * while others are read. The borders are read without a snapshot: whatever they are, the ranges
 * between them hold every row.
 */
export async function planChunks(
  session: MsSession,
  model: TableModel,
  chunkBytes: number,
): Promise<readonly ChunkRange[]> {
  const relation = quoteQualified(model.name.schema, model.name.table);
  const key = chunkKey(model);
  if (key === null) return [{ relation, from: null, to: null }];
  const texts = key.columns.map(keyText);
  const borders: Border[] = [];
  const sql = bordersSql(relation, key.columns);
  try {
    const step = rowsPerChunk(model, chunkBytes);
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

function rowsPerChunk(model: TableModel, chunkBytes: number): number {
  const { rowsEstimated, bytesEstimated } = model;
  if (rowsEstimated <= 0 || bytesEstimated <= 0) return DEFAULT_ROWS;
  return Math.max(MIN_ROWS, Math.floor((chunkBytes * rowsEstimated) / bytesEstimated));
}

/** Equal values of a key that is not unique may be borders more than once. */
function distinct(borders: readonly Border[]): Border[] {
  const texts = new Set(borders.map((border) => JSON.stringify(border)));
  return [...texts].map((text) => JSON.parse(text) as Border);
}
