import type pg from 'pg';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { ChunkStream, StageRef } from '../../contract/full-sync.js';
import { assertForms } from '../../contract/plan-errors.js';
import { inApplySettings } from '../apply/apply-session.js';
import { childrenRefused, keepsChildren } from '../apply/kept-children.js';
import type { TargetColumn, TargetTable } from '../apply/target-table.js';
import { neutralIn, readTargetTable } from '../apply/target-table.js';
import { copyIn } from '../full-sync/copy-in.js';
import { copyInSql } from '../full-sync/copy-sql.js';
import { assertOwner } from '../full-sync/finish-stage.js';
import { beginTable, NO_STATEMENT_TIMEOUT } from '../full-sync/target-context.js';
import { incomingBytes } from '../neutral/incoming-bytes.js';
import { isOrderSensitive } from '../pg-errors.js';
import type { StateSession } from '../state/state-db.js';
import type { UpsertSql } from './upsert-sql.js';
import { INCOMING_NAME, upsertSql } from './upsert-sql.js';

export interface Page {
  readonly stage: StageRef;
  readonly stream: ChunkStream;
  readonly key: readonly string[];
  readonly softDeleteColumn: string | null;
}

/**
 * One page of rows inside the caller's transaction. The fence is looked at before the rows come
 * over the network and held from the first write on: a slow source must not lock the table's row.
 */
export async function upsertPage(
  session: StateSession,
  client: pg.Client,
  page: Page,
): Promise<{ read: number; written: number }> {
  const { stage, stream, key } = page;
  await session.rows(NO_STATEMENT_TIMEOUT);
  await assertOwner(session, stage);
  const live = await readTargetTable(client, stage.target);
  assertForms(stage.target, stream, neutralIn(live));
  const soft = page.softDeleteColumn === null ? null : columnOf(live, page.softDeleteColumn);
  const sql = upsertSql(live, stream.columns, key, soft);
  await session.rows(sql.create);
  const copied = await copyIn(
    client,
    copyInSql(INCOMING_NAME, stream.columns, stream.wire),
    incomingBytes(stream, stage.target),
  );
  await beginTable(session, stage);
  const written =
    copied.rows === 0
      ? 0
      : await inApplySettings(client, async (replica) => writeRows(client, sql, live, replica));
  await session.rows(sql.drop);
  return { read: copied.rows, written };
}

/**
 * The incoming rows into the live table; returns how many were written.
 *
 * @throws SluiceError ROW_REJECTED when a row would have to go and come back, and foreign keys would
 * act on that; the transaction has to be rolled back then
 */
export async function writeRows(
  client: pg.Client,
  sql: UpsertSql,
  live: TargetTable,
  replica: boolean,
): Promise<number> {
  const run = async (statement: string): Promise<number> =>
    (await client.query(statement)).rowCount ?? 0;
  let removed = 0;
  if (sql.removeMarked !== null && sql.forgetMarked !== null) {
    removed = await run(sql.removeMarked);
    await run(sql.forgetMarked);
  }
  if (sql.update !== null) {
    await run('savepoint in_place');
    try {
      const updated = await run(sql.update);
      return removed + updated + (await run(sql.insert));
    } catch (error) {
      // Rows that exchange unique values go all at once and come back.
      if (!isOrderSensitive(error)) throw error;
      await run('rollback to savepoint in_place');
    }
  }
  const gone = await run(sql.removeChanged);
  if (gone > 0 && keepsChildren(live, replica)) throw childrenRefused(live);
  return removed + (await run(sql.insert));
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
