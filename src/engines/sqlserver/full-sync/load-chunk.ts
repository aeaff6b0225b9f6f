import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { ChunkStream, StageRef } from '../../contract/full-sync.js';
import { readTargetTable } from '../apply/target-table.js';
import { param } from '../param.js';
import type { MsSession, Query } from '../sql-session.js';
import type { LoadColumn } from './load-table.js';
import {
  bulkColumns,
  createLoadTable,
  insertLoadedSql,
  LOAD_TABLE,
  loadColumns,
  readHeads,
  written,
} from './load-table.js';
import type { ReadCounts } from './row-reader.js';
import { readRows } from './row-reader.js';
import { CHUNK_DONE, COUNT_ROWS } from './sql/state-sql.js';
import { stageTable } from './stage-record.js';
import type { TargetSessions } from './target-context.js';
import { passedOn } from './target-context.js';

interface Chunk {
  readonly n: number;
  readonly fence: string;
}

/**
 * The chunk's rows and its line in the ledger in one transaction, so it takes effect exactly once.
 * The upload goes to tempdb before it. Both fences are asserted last: their rows are locked for an
 * instant only, and whoever was overtaken meanwhile leaves nothing behind. The caller closes the
 * stream.
 *
 * @throws SluiceError FENCED_OUT, STALE_EPOCH, ROW_REJECTED, or what broke the stream
 */
export async function loadChunk(
  context: TargetSessions,
  stage: StageRef,
  chunk: Chunk,
  stream: ChunkStream,
): Promise<{ rows: number; bytes: number }> {
  try {
    return await context.pool.use(async (session) => {
      const table = await readTargetTable(session.query, stageTable(stage));
      const columns = written(loadColumns(table, stream));
      const uploaded = await upload(session, columns, stream);
      const heads = await readHeads(session.query, columns);
      const sql = insertLoadedSql(table, columns, heads);
      await session.transaction(async (query) => {
        const [row] = await query<{ n: string }>(sql);
        if (Number(row?.n) !== uploaded.rows) throw rowsMissing(stage);
        await chunkDone(query, stage, chunk, { ...uploaded, position: stream.position ?? null });
      });
      return uploaded;
    });
  } catch (error) {
    stream.bytes.destroy();
    throw error;
  }
}

/** Rows of the stream into the staging table, as many in flight as the driver asks for. */
export async function upload(
  session: MsSession,
  columns: readonly LoadColumn[],
  stream: ChunkStream,
): Promise<{ rows: number; bytes: number }> {
  await createLoadTable(session, columns);
  const counts: ReadCounts = { rows: 0, bytes: 0 };
  const byPlace = new Map(columns.map(({ at, staging }) => [at, staging.read]));
  const readers = stream.columns.map((_, at) => byPlace.get(at) ?? null);
  const parts = readRows(stream.bytes, readers, counts);
  const loaded = await session.bulkLoad(LOAD_TABLE, bulkColumns(columns), parts);
  if (loaded !== counts.rows) throw new Error('A bulk load took another number of rows.');
  return counts;
}

async function chunkDone(
  query: Query,
  stage: StageRef,
  chunk: Chunk,
  counts: { rows: number; bytes: number; position: string | null },
): Promise<void> {
  const table = param.bigint('table', stage.tableId);
  const epoch = param.bigint('epoch', stage.epoch);
  const rows = param.bigint('rows', counts.rows);
  const done = await query(CHUNK_DONE, [
    ...[table, epoch, rows, param.bigint('bytes', counts.bytes)],
    param.nvarchar('position', counts.position),
    param.int('n', chunk.n),
    param.bigint('fence', chunk.fence),
  ]);
  if (done.length === 0) throw chunkPassedOn(stage);
  const counted = await query(COUNT_ROWS, [table, epoch, rows, param.bigint('fence', stage.fence)]);
  if (counted.length === 0) throw passedOn(stage);
}

function chunkPassedOn(stage: StageRef): SluiceError {
  const table = displayName(stage.target);
  return new SluiceError('FENCED_OUT', `Another worker has taken over a chunk of ${table}.`, {
    remedy: 'Nothing to do: the newer owner goes on.',
  });
}

function rowsMissing(stage: StageRef): SluiceError {
  const table = displayName(stage.target);
  return new SluiceError(
    'ROW_REJECTED',
    `Not every row of a chunk went into the stage of ${table}.`,
    {
      remedy: 'Look for an index with IGNORE_DUP_KEY or a trigger on the stage.',
    },
  );
}
