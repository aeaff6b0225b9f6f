import type { TableName } from '../../../core/names.js';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { LoadMethod, StageRef } from '../../contract/full-sync.js';
import type { LiveTable } from './live-table.js';
import { readLiveTable } from './live-table.js';
import { isReshaped } from './reshaped.js';
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
  const [live, reshaped] = await inTarget(context, async (session) => [
    await readLiveTable(session, target),
    stage !== undefined && (await isReshaped(session, stage)),
  ]);
  const choice = choiceFor(displayName(target), live, wanted);
  return reshaped && live.there ? exchanged(displayName(target), live, choice) : choice;
}

/**
 * A live table with other columns cannot take the rows. One that a person handed over may have wider
 * ones on purpose, which the load finds out.
 */
function exchanged(name: string, live: LiveTable, choice: LoadChoice): LoadChoice {
  if (choice.method === 'swap' || !live.ours) return choice;
  if (live.hanging === null) return { method: 'swap', reason: `${name} has other columns now` };
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `${name} on the target has other columns than its source now, and cannot be exchanged: ${live.hanging}.`,
    { remedy: 'Take away what hangs on it, or alter its columns by hand; then resync it.' },
  );
}

/** Pure: a live table keeps its identity and what hangs on it, unless asked otherwise. */
export function choiceFor(name: string, live: LiveTable, wanted: LoadMethod | 'auto'): LoadChoice {
  if (!live.there) return { method: 'swap', reason: `${name} is new` };
  if (wanted === 'append') return { method: 'append', reason: 'asked for' };
  if (wanted === 'truncate') return { method: 'truncate', reason: 'asked for' };
  if (wanted === 'swap' && live.hanging === null) return { method: 'swap', reason: 'asked for' };
  if (wanted !== 'merge' && live.empty && live.ours && live.hanging === null) {
    return { method: 'swap', reason: `${name} is empty, made by Sluice, and nothing hangs on it` };
  }
  if (!live.hasKey) {
    return {
      method: 'truncate',
      reason: `${name} keeps its identity and has no key to compare rows by`,
    };
  }
  const why = wanted === 'swap' ? `${name} cannot be exchanged: ${live.hanging ?? ''}` : null;
  return { method: 'merge', reason: why ?? `${name} keeps its identity and its readers` };
}
