import type { TableName } from '../../../core/names.js';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { LoadMethod, StageRef } from '../../contract/full-sync.js';
import type { LiveTable } from './live-table.js';
import { readLiveTable } from './live-table.js';
import type { StateSession } from '../state/state-db.js';
import { readPrepared, whyUnexchangeable } from './read-exchange.js';
import { isReshaped } from './reshaped.js';
import { findStage } from './stage-record.js';
import type { TargetContext } from './target-context.js';
import { inTarget } from './target-context.js';

export interface LoadChoice {
  readonly method: LoadMethod;
  readonly reason: string;
}

export async function chooseLoad(
  context: TargetContext,
  target: TableName,
  wanted: LoadMethod | 'auto',
  stage?: StageRef,
): Promise<LoadChoice> {
  const [live, reshaped, whole] = await inTarget(context, async (session) => {
    const present = await readLiveTable(session, target);
    // Rows are compared by the source's key, which may have none where the live table has one.
    const keyless = stage !== undefined && (await isKeyless(session, stage));
    const found = keyless ? { ...present, hasKey: false } : present;
    const byPartition = found.there && wanted === 'partitionSwitch';
    return [
      found,
      stage !== undefined && (await isReshaped(session, stage)),
      byPartition ? await whyWhole(session, target, stage) : null,
    ];
  });
  const choice = choiceFor(displayName(target), live, wanted, whole);
  return reshaped && live.there ? exchanged(displayName(target), live, choice) : choice;
}

async function isKeyless(session: StateSession, { tableId, epoch }: StageRef): Promise<boolean> {
  const { record } = await findStage(session, tableId);
  return record?.epoch === epoch && record.key === null;
}

/** Why partitions cannot be exchanged; of the stage only what is known by now. */
async function whyWhole(
  session: StateSession,
  target: TableName,
  stage: StageRef | undefined,
): Promise<string | null> {
  const unexchangeable = await whyUnexchangeable(session, target);
  if (unexchangeable !== null || stage === undefined) return unexchangeable;
  const prepared = await readPrepared(session, stage);
  return typeof prepared === 'string' ? prepared : null;
}

/**
 * A live table with other columns cannot take the rows. One that a person handed over may have wider
 * ones on purpose, which the load finds out.
 */
function exchanged(name: string, live: LiveTable, choice: LoadChoice): LoadChoice {
  if (choice.method === 'swap' || !live.ours) return choice;
  if (live.hanging === null)
    return { method: 'swap', reason: `${name} has other columns or partitions now` };
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `${name} on the target has other columns or partitions than its source now, and cannot be exchanged: ${live.hanging}.`,
    { remedy: 'Take away what hangs on it, or alter it by hand; then resync it.' },
  );
}

/**
 * Pure: a live table keeps its identity and what hangs on it, unless asked otherwise.
 *
 * @param whole why its partitions cannot be exchanged one by one
 */
export function choiceFor(
  name: string,
  live: LiveTable,
  wanted: LoadMethod | 'auto',
  whole: string | null = null,
): LoadChoice {
  if (!live.there) return { method: 'swap', reason: `${name} is new` };
  if (wanted === 'append') return { method: 'append', reason: 'asked for' };
  if (wanted === 'truncate') return { method: 'truncate', reason: 'asked for' };
  if (wanted === 'partitionSwitch' && whole === null) {
    return {
      method: 'partitionSwitch',
      reason: 'asked for, where its source is partitioned alike',
    };
  }
  if (wanted === 'swap' && live.hanging === null) return { method: 'swap', reason: 'asked for' };
  if (wanted !== 'merge' && live.empty && live.ours && live.hanging === null) {
    return { method: 'swap', reason: `${name} is empty, made by Sluice, and nothing hangs on it` };
  }
  const forbidden = whyNotAsAsked(name, live, wanted, whole);
  if (!live.hasKey) {
    const reason = `${name} keeps its identity and has no key to compare rows by`;
    return { method: 'truncate', reason: forbidden === null ? reason : `${forbidden}; ${reason}` };
  }
  return { method: 'merge', reason: forbidden ?? `${name} keeps its identity and its readers` };
}

function whyNotAsAsked(
  name: string,
  live: LiveTable,
  wanted: LoadMethod | 'auto',
  whole: string | null,
): string | null {
  if (wanted === 'swap') return `${name} cannot be exchanged: ${live.hanging ?? ''}`;
  if (wanted === 'partitionSwitch') {
    return `the partitions of ${name} cannot be exchanged: ${whole ?? ''}`;
  }
  return null;
}
