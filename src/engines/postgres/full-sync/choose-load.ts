import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { LoadMethod } from '../../contract/full-sync.js';
import type { LiveTable } from './live-table.js';
import { readLiveTable } from './live-table.js';
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
): Promise<LoadChoice> {
  const live = await inTarget(context, async (session) => readLiveTable(session, target));
  return choiceFor(displayName(target), live, wanted);
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
