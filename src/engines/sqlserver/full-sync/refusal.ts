import { SluiceError } from '../../../core/errors.js';
import type { StageRef } from '../../contract/full-sync.js';
import { isTruncateRefused, msNumberOf, switchRefusal } from '../ms-errors.js';
import { param } from '../param.js';
import type { Query } from '../sql-session.js';
import { SAY } from './sql/state-sql.js';
import type { StageRecord } from './stage-record.js';
import { recordStage, requireStage } from './stage-record.js';
import type { TargetSessions } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';

/** Each refused partition costs another attempt at all of them. */
const MERGED_APART = 8;

/** A SWITCH was refused, of one partition or of the whole table, which took the transaction with it. */
export class SwitchRefused extends Error {
  constructor(
    readonly partition: number | null,
    readonly why: string,
    cause: unknown,
  ) {
    const what = partition === null ? 'the table' : `partition ${partition}`;
    super(`The switch of ${what} was refused: ${why}.`, { cause });
  }
}

/** @throws SwitchRefused */
export async function runSwitch(
  query: Query,
  sql: string,
  partition: number | null,
): Promise<void> {
  try {
    await query(sql);
  } catch (error) {
    const why = whyRefused(error);
    throw why === null ? error : new SwitchRefused(partition, why, error);
  }
}

/**
 * A number that nobody has listed is a refusal as well (an edition without SWITCH, a DDL trigger): the
 * server would give it again. Null: the statement failed for another reason.
 */
function whyRefused(error: unknown): string | null {
  const number = msNumberOf(error);
  const unlisted = error instanceof SluiceError && error.code === 'UNEXPECTED';
  if (unlisted && number !== undefined) return `its answer was error ${number}`;
  return switchRefusal(error);
}

/**
 * A refused SWITCH takes its transaction with it, so that it was refused is written in another one,
 * and said. From here on chooseLoad gives a merge. Returns why; null when the error is something else.
 */
export async function keepRefusal(
  context: TargetSessions,
  stage: StageRef,
  error: unknown,
): Promise<string | null> {
  const refused = refusedPart(error);
  if (refused === null) return null;
  const { what, why } = refused;
  await inTarget(context, async (query) => {
    await beginTable(query, stage);
    const record = await requireStage(query, stage);
    await recordStage(query, stage.tableId, withRefusal(record, error, why));
    const message = `The switch of ${what} was refused: ${why}. Its rows are merged instead.`;
    await query(SAY, [
      param.bigint('table', stage.tableId),
      param.nvarchar('level', 'warning'),
      param.nvarchar('kind', 'switch'),
      param.nvarchar('message', message),
    ]);
  });
  return why;
}

/** The catalogue does not always say that a table is not truncated, which comes before the SWITCH. */
function refusedPart(error: unknown): { what: string; why: string } | null {
  if (isTruncateRefused(error)) return { what: 'the table', why: 'it may not be truncated' };
  if (!(error instanceof SwitchRefused)) return null;
  const { partition, why } = error;
  return { what: partition === null ? 'the table' : `partition ${partition}`, why };
}

/** A reason that meets so many partitions concerns the table; ranges are merged by a key only. */
function withRefusal(record: StageRecord, error: unknown, why: string): StageRecord {
  const whole = record.key === null || record.apart.length >= MERGED_APART;
  const number = error instanceof SwitchRefused ? error.partition : null;
  if (number === null || whole) return { ...record, refused: why };
  return { ...record, apart: [...record.apart, { number, why }] };
}

/** Why no more than some partitions, or nothing, of a stage is switched; null: all of it may be. */
export function knownRefusal({ refused, apart }: StageRecord): string | null {
  if (refused !== null) return `the server refused it, as ${refused}`;
  if (apart.length === 0) return null;
  const parts = apart.map(({ number, why }) => `partition ${number}, as ${why}`);
  return `the server refused ${parts.join('; ')}`;
}
