import type { ChunkStream, StageRef } from '../../contract/full-sync.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import { assertForms } from '../../contract/plan-errors.js';
import { neutralIn, readTargetTable } from '../apply/target-table.js';
import { incomingBytes } from '../neutral/incoming-bytes.js';
import { copyIn } from './copy-in.js';
import { copyInSql } from './copy-sql.js';
import { stageSchema } from './stage-record.js';
import type { TargetContext } from './target-context.js';
import { inTarget, NO_STATEMENT_TIMEOUT } from './target-context.js';

const CHUNK_DONE = `select sluice.chunk_done($1, $2, $3, $4, $5, $6, $7, $8)`;

/**
 * The chunk's rows and its line in the ledger in one transaction, so it takes effect exactly once.
 * Both fences are asserted last: their rows are locked for an instant only, and whoever was
 * overtaken meanwhile leaves nothing behind. The caller closes the stream.
 *
 * @throws SluiceError FENCED_OUT, STALE_EPOCH, ROW_REJECTED, or what broke the stream
 */
export async function loadChunk(
  context: TargetContext,
  stage: StageRef,
  chunk: { n: number; fence: string },
  stream: ChunkStream,
): Promise<{ rows: number; bytes: number }> {
  const relation = { schema: stageSchema(stage.tableId), name: stage.target.table };
  const sql = copyInSql(relation, stream.columns, stream.wire);
  try {
    return await inTarget(context, async (session, client) => {
      await session.rows(NO_STATEMENT_TIMEOUT);
      if (stream.wire === NEUTRAL_WIRE) {
        const table = await readTargetTable(client, {
          schema: relation.schema,
          table: relation.name,
        });
        assertForms(stage.target, stream, neutralIn(table));
      }
      const bytes = incomingBytes(stream, stage.target);
      const copied = await copyIn(client, sql, bytes, context.stalledMs);
      await session.rows(CHUNK_DONE, [
        stage.tableId,
        stage.fence,
        stage.epoch,
        chunk.n,
        chunk.fence,
        copied.rows,
        copied.bytes,
        stream.position ?? null,
      ]);
      return copied;
    });
  } catch (error) {
    stream.bytes.destroy();
    throw error;
  }
}
