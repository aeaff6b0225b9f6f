import type { TableName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import type { PgTable } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { readTablesWith } from '../catalog/read-tables.js';
import { sqlStateOf } from '../pg-errors.js';
import { quoteQualified } from '../sql/quote.js';
import type { StateSession } from '../state/state-db.js';
import type { Pairing } from './partition-pairs.js';
import { pairLeaves, whyNotAlike } from './partition-pairs.js';
import { UNEXCHANGEABLE } from './sql/exchange.js';
import { findStage, recordStage, requireStage, stageSchema } from './stage-record.js';

/** Both trees as they are, with what takes whose place. */
export interface Exchange {
  readonly live: PgTable;
  readonly staged: PgTable;
  readonly pairing: Pairing;
}

/** What forbids that the live table's partitions are exchanged, whatever is in the stage. */
export async function whyUnexchangeable(
  session: StateSession,
  target: TableName,
): Promise<string | null> {
  const root = quoteQualified(target.schema, target.table);
  const [row] = await session.rows<{ what: string }>(UNEXCHANGEABLE, [root]);
  return row?.what ?? null;
}

/** The trees of the live table and of the stage, or why they do not fit. */
export async function readExchange(
  session: StateSession,
  stage: StageRef,
): Promise<Exchange | string> {
  const live = await readLive(session, stage);
  const place = { schema: stageSchema(stage.tableId), table: stage.target.table };
  const staged = await readTree(session, place);
  if (live === null || staged === null) return 'it is not there';
  const pairing = pairLeaves(live, staged);
  return typeof pairing === 'string' ? pairing : { live, staged, pairing };
}

/** As readExchange, of a stage that is finished. */
export async function readPrepared(
  session: StateSession,
  stage: StageRef,
): Promise<Exchange | string> {
  const { record, there } = await findStage(session, stage.tableId);
  if (!there || record === null) return 'its stage is not there';
  if (record.refused !== null) return record.refused;
  const found = await readExchange(session, stage);
  if (typeof found === 'string') return found;
  return whyNotAlike(found.live, found.pairing) ?? found;
}

export async function readLive(session: StateSession, stage: StageRef): Promise<PgTable | null> {
  return readTree(session, stage.target);
}

async function readTree(session: StateSession, name: TableName): Promise<PgTable | null> {
  const [found] = await readTablesWith(session.rows, { only: [name], requires: false });
  return found === undefined ? null : nativeTable(found);
}

/** From here on the stage of this epoch is merged. */
export async function refuseExchange(
  session: StateSession,
  stage: StageRef,
  refused: string,
): Promise<void> {
  const record = await requireStage(session, stage);
  await recordStage(session, stage.tableId, { ...record, refused });
}

/** Constraints, dependencies, rights, names, limits; never locks, lost connections or full disks. */
const REFUSALS = /^(?:0A|23|2B|42|54)...$|^53200$|^55000$/;

/** How a statement of an exchange was refused by the server; null: it failed for another reason. */
export function exchangeRefusal(error: unknown): string | null {
  const state = sqlStateOf(error) ?? '';
  return REFUSALS.test(state) ? `the server refused it (SQLSTATE ${state})` : null;
}
