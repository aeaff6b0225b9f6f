import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { ChunkStream, StageRef } from '../../contract/full-sync.js';
import type { TargetColumn, TargetTable } from '../apply/target-table.js';
import { readTargetTable } from '../apply/target-table.js';
import { upload } from '../full-sync/load-chunk.js';
import type { LoadColumn } from '../full-sync/load-table.js';
import { insertLoadedSql, loadColumns, readHeads, written } from '../full-sync/load-table.js';
import { assertOwner, beginTable } from '../full-sync/target-context.js';
import type { MsSession, Query } from '../sql-session.js';
import { removeRenumbered } from './remove-renumbered.js';
import type { UpsertSql } from './upsert-sql.js';
import { PAGE_TABLE, upsertSql } from './upsert-sql.js';

export interface Page {
  readonly stage: StageRef;
  readonly stream: ChunkStream;
  readonly key: readonly string[];
  readonly softDeleteColumn: string | null;
}

/**
 * One page of rows into the live table, in one transaction that ends with `keep`. The fence is
 * looked at before the rows come over the network and held from the first write on: a slow source
 * must not lock the table's row.
 */
export async function upsertPage(
  session: MsSession,
  page: Page,
  keep: (query: Query) => Promise<void>,
): Promise<{ read: number; written: number }> {
  const { stage, stream, key } = page;
  await assertOwner(session.query, stage);
  const live = await readTargetTable(session.query, stage.target);
  const columns = written(loadColumns(live, stream));
  const soft = page.softDeleteColumn === null ? null : columnOf(live, page.softDeleteColumn);
  const targets = columns.map(({ target }) => target);
  const sql = upsertSql(live, targets, key, soft, stream.wire === NEUTRAL_WIRE);
  const plain = columns.map(asPlain);
  const { rows } = await upload(session, plain, stream);
  if (rows > 0) {
    await session.batch(sql.create);
    const heads = await readHeads(session.query, plain);
    await session.query(insertLoadedSql({ ...live, sql: PAGE_TABLE }, plain, heads));
  }
  return session.transaction(async (query) => {
    await beginTable(query, stage);
    const count = rows === 0 ? 0 : await writeRows(query, live, sql);
    await keep(query);
    return { read: rows, written: count };
  });
}

/** The page itself gives out no numbers. */
function asPlain(column: LoadColumn): LoadColumn {
  return { ...column, target: { ...column.target, identity: false } };
}

async function writeRows(query: Query, live: TargetTable, sql: UpsertSql): Promise<number> {
  const run = async (statement: string | null): Promise<number> => {
    if (statement === null) return 0;
    const rows = await query<{ n: number }>(statement);
    return rows[0]?.n ?? 0;
  };
  const removed = await run(sql.removeMarked);
  await run(sql.forgetMarked);
  await removeRenumbered(query, live, sql);
  const updated = await run(sql.update);
  return removed + updated + (await run(sql.insert));
}

/** @throws SluiceError SCHEMA_MISMATCH */
export function columnOf(live: TargetTable, name: string): TargetColumn {
  const column = live.columns.find((one) => one.name === name);
  if (column !== undefined) return column;
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `The target table ${displayName(live.name)} has no column ${name}.`,
    { remedy: 'Correct its settings, or resync the table.' },
  );
}
