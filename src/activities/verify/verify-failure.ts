/** A verification that could not be made is a result too: nobody may take its absence for equality. */
import { toSluiceError } from '../../core/errors.js';
import { displayName } from '../../core/names.js';
import type { TargetDatabase } from '../../engines/engine.js';
import type { TableRow } from '../../state/store.js';
import type { LongRun } from '../long-running.js';

interface Begun {
  readonly target: TargetDatabase;
  readonly row: TableRow;
  /** Of the verification. */
  readonly id: string;
  readonly run: Pick<LongRun, 'dueToReturn'>;
}

/** A server that is away is no verdict on a table: the verification is made when it answers. */
const OUTAGES = new Set(['CONNECTION_LOST', 'SERVER_UNREACHABLE', 'LOGIN_REFUSED']);

/** Whether it hits every table alike. */
export function isOutage(thrown: unknown): boolean {
  return OUTAGES.has(toSluiceError(thrown).code);
}

/** What the work throws is written down as the verification's result, and thrown. */
export async function orRecorded<T>(begun: Begun, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const { kind } = toSluiceError(thrown);
    // One that was cut off says nothing either.
    const silent = kind === 'benign' || begun.run.dueToReturn() || isOutage(thrown);
    if (!silent) await record(begun, thrown);
    throw thrown;
  }
}

async function record({ target, row, id }: Begun, thrown: unknown): Promise<void> {
  const { code, message } = toSluiceError(thrown);
  const nothing = { sourceRows: 0, targetRows: 0, differences: [], repaired: 0 };
  const text = `${message} [${code}]`;
  await target.state.verification.finish(id, { ...nothing, result: 'error', message: text });
  await target.state.journal.event({
    ...{ pipeline: row.pipeline, target: row.target, tableId: row.tableId },
    level: 'error',
    kind: 'verification.error',
    message: `${displayName(row.source)} could not be verified: ${text}`,
  });
}
