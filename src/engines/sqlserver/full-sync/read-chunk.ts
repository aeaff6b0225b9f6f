import { Readable } from 'node:stream';
import { z } from 'zod';
import { displayName } from '../../../core/names.js';
import type { ChunkRange, ChunkStream, FeedPlace } from '../../contract/full-sync.js';
import type { TableModel } from '../../contract/schema.js';
import { nativeTable } from '../catalog/native.js';
import { msNumberOf } from '../ms-errors.js';
import { param } from '../param.js';
import { assertPrimary } from '../primary.js';
import type { MsSession, SessionPool } from '../sql-session.js';
import { wireValueOf } from '../types/cell-of.js';
import { wireTypeText } from '../types/neutral-of.js';
import { assertNotBehind } from './not-behind.js';
import { tableChanged } from './changed.js';
import { boundsOf } from './range.js';
import { RowWriter } from './row-writer.js';
import { CHUNK_FACTS, readChunkSql } from './sql/chunk-sql.js';
import type { Condition } from './sql/range-sql.js';
import { rangeCondition } from './sql/range-sql.js';
import { SQLSERVER_WIRE, wireColumns, type CopiedColumn } from './wire.js';

/** Rows are joined to parts of about this size. */
const PART_BYTES = 64 * 1024;
/**
 * What is read ahead of the target comes to it in one piece, and all its rows become values at
 * once: with 512 KB four chunks at a time took 37 MB more.
 */
const READ_AHEAD_BYTES = 2 * PART_BYTES;
/** Column or table gone; DDL under a snapshot. */
const CHANGED = new Set([207, 208, 3961]);
const SNAPSHOT_ON = 1;

const factsRow = z.object({ id: z.number().nullable(), snapshot: z.number() });

/**
 * Read one chunk under a snapshot of its own where the database allows it, else row by row as they
 * are committed: then the feed, which has been followed since before, brings what moved meanwhile.
 * The session is free again when the stream was read to its end and closed.
 *
 * @throws SluiceError FEED_CHANGED when the table was altered or re-created since the model;
 * SERVER_BUSY when the session is on a secondary that lags, or on any where rows have to be current
 */
export async function readChunk(
  pool: SessionPool,
  model: TableModel,
  range: ChunkRange,
  { wire, keptFrom }: { readonly wire: string; readonly keptFrom: FeedPlace | 'now' | null },
): Promise<ChunkStream> {
  const columnOf = (name: string) => {
    const column = nativeTable(model).column(name);
    if (column === undefined) throw tableChanged(displayName(model.name));
    return column;
  };
  const condition = rangeCondition(columnOf, boundsOf(range));
  return streamRows({ pool, model, relation: range.relation, wire, keptFrom }, condition);
}

export interface RowsRequest {
  readonly pool: SessionPool;
  readonly model: TableModel;
  /** Quoted. */
  readonly relation: string;
  readonly wire: string;
  /** Changes are kept from here on: what the session sees must not be older. now: no secondary. */
  readonly keptFrom?: FeedPlace | 'now' | null;
}

/** The rows of a table that a condition lets pass, as a stream of framed rows. */
export async function streamRows(request: RowsRequest, condition: Condition): Promise<ChunkStream> {
  const { pool, model, relation, wire, keptFrom = null } = request;
  const columns = wireColumns(model, wire);
  const { session, release } = await pool.take();
  try {
    await beginChunk(session, model, relation);
    if (keptFrom === 'now') await assertPrimary(session.query);
    else if (keptFrom !== null) await assertNotBehind(session, keptFrom);
  } catch (error) {
    await release(true);
    throw changedOr(error, model);
  }
  const sql = readChunkSql(relation, columns, condition);
  const rows = session.streamParts(sql, condition.params);
  const bytes = Readable.from(framed(rows, columns, wire, model), {
    objectMode: false,
    highWaterMark: READ_AHEAD_BYTES,
  });
  // Whoever reads the stream gets the error; without a reader it must not end the process.
  bytes.on('error', () => undefined);
  return {
    wire,
    columns: columns.map((column) => column.name),
    types: columns.map(({ type }) => wireTypeText(type)),
    bytes,
    close: onceOnly(async () => {
      const whole = bytes.readableEnded;
      bytes.destroy();
      await release(!whole);
    }),
  };
}

async function beginChunk(session: MsSession, model: TableModel, relation: string): Promise<void> {
  const [row] = await session.query(CHUNK_FACTS, [param.nvarchar('relation', relation)]);
  const facts = factsRow.parse(row);
  if (facts.id !== nativeTable(model).parts.id) throw tableChanged(displayName(model.name));
  if (facts.snapshot !== SNAPSHOT_ON) return;
  // One statement is the whole snapshot: it ends with the statement, the level with the borrower.
  // A database that does not allow it refuses only the first table
  // (test/conformance/sqlserver/snapshot: "is refused at the first table").
  await session.batch('SET TRANSACTION ISOLATION LEVEL SNAPSHOT;');
}

async function* framed(
  parts: AsyncIterable<readonly (readonly unknown[])[]>,
  columns: readonly CopiedColumn[],
  wire: string,
  model: TableModel,
): AsyncGenerator<Buffer, void, undefined> {
  const form = wire === SQLSERVER_WIRE ? 'sqlserver' : 'neutral';
  const values = columns.map(({ name, type }) => wireValueOf(type, name, form));
  const writer = new RowWriter(values, PART_BYTES);
  try {
    for await (const part of parts) {
      for (const row of part) {
        writer.add(row);
        if (writer.held >= PART_BYTES) yield writer.take();
      }
    }
  } catch (error) {
    throw changedOr(error, model);
  }
  if (writer.held > 0) yield writer.take();
}

/** A name that is gone is a table that changed. */
function changedOr(error: unknown, model: TableModel): unknown {
  return CHANGED.has(msNumberOf(error) ?? 0) ? tableChanged(displayName(model.name)) : error;
}

function onceOnly(body: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return async () => (running ??= body());
}
