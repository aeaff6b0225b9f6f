import type { StageRef } from '../../contract/full-sync.js';
import { switchRefusal } from '../ms-errors.js';
import { param } from '../param.js';
import { SAY } from './sql/state-sql.js';
import type { StageRecord } from './stage-record.js';
import { recordStage, requireStage } from './stage-record.js';
import type { TargetSessions } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';

/** Each refused partition costs another attempt at all of them. */
const MERGED_APART = 8;

/** The SWITCH of one partition was refused, which took the transaction with it. */
export class PartitionRefused extends Error {
  constructor(
    readonly number: number,
    readonly why: string,
    cause: unknown,
  ) {
    super(`The switch of partition ${number} was refused: ${why}.`, { cause });
  }
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

function refusedPart(error: unknown): { what: string; why: string } | null {
  if (error instanceof PartitionRefused) {
    return { what: `partition ${error.number}`, why: error.why };
  }
  const why = switchRefusal(error);
  return why === null ? null : { what: 'the table', why };
}

/** A reason that meets so many partitions concerns the table; ranges are merged by a key only. */
function withRefusal(record: StageRecord, error: unknown, why: string): StageRecord {
  const whole = record.key === null || record.apart.length >= MERGED_APART;
  if (!(error instanceof PartitionRefused) || whole) return { ...record, refused: why };
  return { ...record, apart: [...record.apart, { number: error.number, why }] };
}

/** Why no more than some partitions, or nothing, of a stage is switched; null: all of it may be. */
export function knownRefusal({ refused, apart }: StageRecord): string | null {
  if (refused !== null) return `the server refused it, as ${refused}`;
  if (apart.length === 0) return null;
  const parts = apart.map(({ number, why }) => `partition ${number}, as ${why}`);
  return `the server refused ${parts.join('; ')}`;
}
