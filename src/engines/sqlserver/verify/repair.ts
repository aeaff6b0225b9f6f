import { z } from 'zod';
import type { TableName } from '../../../core/names.js';
import type { ChunkStream } from '../../contract/full-sync.js';
import type { TargetTable } from '../apply/target-table.js';
import { readTargetTable } from '../apply/target-table.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import { upload } from '../full-sync/load-chunk.js';
import type { LoadColumn } from '../full-sync/load-table.js';
import { insertLoadedSql, loadColumns, readHeads, written } from '../full-sync/load-table.js';
import type { MsSession, Query, SessionPool } from '../sql-session.js';
import { param } from '../sql-session.js';
import { columnOf } from '../watermark/upsert-page.js';
import { removeRenumbered } from '../watermark/remove-renumbered.js';
import type { UpsertSql } from '../watermark/upsert-sql.js';
import { PAGE_TABLE, upsertSql } from '../watermark/upsert-sql.js';
import { canonicalKeys } from './key-values.js';
import { deleteAbsentSql, LOCK_LANE } from './sql/repair-sql.js';
import { verifyColumn } from './verify-columns.js';

const KEYS_PER_TRANSACTION = 200;
const COUNT_ROW = z.object({ n: z.coerce.number() });

export interface Repair {
  readonly target: TableName;
  readonly key: readonly string[];
  /** Canonical key texts. */
  readonly keys: readonly string[];
  /** Null where no lane writes to the table. */
  readonly laneId: string | null;
  /** Reads rows of the source by canonical key text. */
  readonly read: (keys: readonly string[]) => Promise<ChunkStream>;
}

/**
 * Makes given rows equal to the source's; counts written and deleted rows. While a batch is repaired
 * the lane's row is locked: what the lane applied before is in what is then read from the source,
 * and what it applies afterwards comes on top, so a repair can never bring back an older value for
 * good. A commit that the lane had but the source did not show yet is the exception: settle repaired
 * keys again.
 */
export async function repairRows(pool: SessionPool, repair: Repair): Promise<number> {
  let count = 0;
  for (let start = 0; start < repair.keys.length; start += KEYS_PER_TRANSACTION) {
    const keys = repair.keys.slice(start, start + KEYS_PER_TRANSACTION);
    count += await pool.use((session) =>
      session.transaction(async (query) => {
        if (repair.laneId !== null) await query(LOCK_LANE, [param.bigint('lane', repair.laneId)]);
        return repairBatch(session, query, { ...repair, keys });
      }),
    );
  }
  return count;
}

async function repairBatch(session: MsSession, query: Query, repair: Repair): Promise<number> {
  const live = await readTargetTable(query, repair.target);
  const stream = await repair.read(repair.keys);
  try {
    const columns = written(loadColumns(live, stream));
    const sql = upsertSql(
      live,
      columns.map(({ target }) => target),
      repair.key,
      null,
      stream.wire === NEUTRAL_WIRE,
    );
    const read = await stage(session, live, { columns, create: sql.create, stream });
    const deleted = await deleteAbsent(query, live, repair, read > 0);
    if (read > 0) await write(query, live, sql);
    return deleted + read;
  } finally {
    await stream.close();
  }
}

async function stage(
  session: MsSession,
  live: TargetTable,
  rows: { columns: readonly LoadColumn[]; create: string; stream: ChunkStream },
): Promise<number> {
  // The page itself gives out no numbers.
  const plain = rows.columns.map((column) => ({
    ...column,
    target: { ...column.target, identity: false },
  }));
  const { rows: read } = await upload(session, plain, rows.stream);
  if (read === 0) return 0;
  await session.batch(`DROP TABLE IF EXISTS ${PAGE_TABLE};`);
  await session.batch(rows.create);
  const heads = await readHeads(session.query, plain);
  await session.query(insertLoadedSql({ ...live, sql: PAGE_TABLE }, plain, heads));
  return read;
}

async function deleteAbsent(
  query: Query,
  live: TargetTable,
  { key, keys }: Repair,
  some: boolean,
): Promise<number> {
  const columns = key.map((name) => columnOf(live, name));
  const wanted = canonicalKeys(
    columns.map(({ name, type, collation }) => verifyColumn(name, type, collation)),
    keys,
  );
  const names = columns.map((column) => column.sql);
  const sql = deleteAbsentSql(live, names, wanted.sql, some ? 'some' : 'none');
  const [row] = await query(sql, wanted.params);
  return COUNT_ROW.parse(row).n;
}

async function write(query: Query, live: TargetTable, sql: UpsertSql): Promise<void> {
  await removeRenumbered(query, live, sql);
  for (const statement of [sql.update, sql.insert]) {
    if (statement !== null) await query(statement);
  }
}
