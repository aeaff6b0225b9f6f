import type pg from 'pg';
import type { TableName } from '../../../core/names.js';
import type { ChunkStream } from '../../contract/full-sync.js';
import { assertForms } from '../../contract/plan-errors.js';
import { inApplySettings } from '../apply/apply-session.js';
import { neutralIn, readTargetTable } from '../apply/target-table.js';
import { copyIn } from '../full-sync/copy-in.js';
import { copyInSql } from '../full-sync/copy-sql.js';
import { incomingBytes } from '../neutral/incoming-bytes.js';
import { toPgError } from '../pg-errors.js';
import type { SessionPool } from '../state/session-pool.js';
import type { StateSession } from '../state/state-db.js';
import { inTransaction } from '../state/state-db.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { writeRows } from '../watermark/upsert-page.js';
import { INCOMING_NAME, upsertSql } from '../watermark/upsert-sql.js';
import { keyIn } from './digest-sql.js';
import { keyArrays } from './key-values.js';
import { LOCK_LANE } from './repair-sql.js';
import { readVerifyTable } from './verify-columns.js';

const KEYS_PER_TRANSACTION = 200;

export interface RepairFrom {
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
 * Makes given rows equal to those of a source of another kind; counts written and deleted rows.
 * The lane's row is locked before the source is read, as PostgresRepair does it.
 */
export async function repairFrom(
  pool: SessionPool,
  subject: string,
  repair: RepairFrom,
): Promise<number> {
  let count = 0;
  for (let start = 0; start < repair.keys.length; start += KEYS_PER_TRANSACTION) {
    const keys = repair.keys.slice(start, start + KEYS_PER_TRANSACTION);
    try {
      count += await pool.use((client) =>
        inTransaction(client, (session) => repairBatch(session, client, { ...repair, keys })),
      );
    } catch (error) {
      throw toPgError(error, subject);
    }
  }
  return count;
}

async function repairBatch(
  session: StateSession,
  client: pg.Client,
  repair: RepairFrom,
): Promise<number> {
  if (repair.laneId !== null) await session.rows(LOCK_LANE, [repair.laneId]);
  const stream = await repair.read(repair.keys);
  try {
    const live = await readTargetTable(client, repair.target);
    assertForms(repair.target, stream, neutralIn(live));
    const sql = upsertSql(live, stream.columns, repair.key, null);
    await session.rows(sql.create);
    const copy = copyInSql(INCOMING_NAME, stream.columns, stream.wire);
    const { rows } = await copyIn(client, copy, incomingBytes(stream, repair.target));
    return await inApplySettings(client, async (replica) => {
      const deleted = await deleteAbsent(session, repair);
      if (rows > 0) await writeRows(client, sql, live, replica);
      await session.rows(sql.drop);
      return deleted + rows;
    });
  } finally {
    await stream.close();
  }
}

/** Rows of the wanted keys that the source does not have. */
async function deleteAbsent(session: StateSession, repair: RepairFrom): Promise<number> {
  const { target, key, keys } = repair;
  const request = { table: target, columns: key, key, form: 'canonical', lastRows: null } as const;
  const columns = (await readVerifyTable(session.rows, request)).key;
  const same = columns
    .map(({ name }) => `s.${quoteIdent(name)} = ${quoteIdent(target.table)}.${quoteIdent(name)}`)
    .join(' and ');
  const incoming = quoteQualified(INCOMING_NAME.schema, INCOMING_NAME.name);
  const sql = `
delete from ${quoteQualified(target.schema, target.table)}
 where ${keyIn(columns)}
   and not exists (select from ${incoming} s where ${same})
returning 1`;
  return (await session.rows(sql, keyArrays(columns, keys))).length;
}
