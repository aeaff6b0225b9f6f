import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { LoadMethod, StageRef } from '../../contract/full-sync.js';
import type { Query } from '../sql-session.js';
import type { LiveTable } from './live-table.js';
import { isReshaped, readLiveTable } from './live-table.js';
import { knownRefusal } from './refusal.js';
import type { StageRecord } from './stage-record.js';
import { findStage } from './stage-record.js';
import type { TargetSessions } from './target-context.js';
import { inTarget } from './target-context.js';

export interface LoadChoice {
  readonly method: LoadMethod;
  readonly reason: string;
}

export async function chooseLoad(
  context: TargetSessions,
  target: TableName,
  wanted: LoadMethod | 'auto',
  stage?: StageRef,
): Promise<LoadChoice> {
  const { live, reshaped } = await inTarget(context, async (query) => {
    const found = await readLiveTable(query, target);
    const record = stage === undefined ? null : await recordOf(query, stage);
    return {
      live: record === null ? found : withStage(found, record),
      reshaped: stage !== undefined && (await isReshaped(query, stage)),
    };
  });
  const choice = choiceFor(displayName(target), live, wanted);
  return reshaped && live.there ? exchanged(displayName(target), live, choice) : choice;
}

async function recordOf(query: Query, { tableId, epoch }: StageRef): Promise<StageRecord | null> {
  const { record } = await findStage(query, tableId);
  return record?.epoch === epoch ? record : null;
}

/**
 * What the server refused to switch of this stage before; and its rows are compared by the source's
 * key, which may have none where the live table has a unique index.
 */
function withStage(live: LiveTable, record: StageRecord): LiveTable {
  return {
    ...live,
    unswitchable: knownRefusal(record) ?? live.unswitchable,
    hasKey: live.hasKey && record.key !== null,
  };
}

/**
 * A live table with other columns cannot take the rows. One that a person handed over may have wider
 * ones on purpose, which the load finds out.
 */
function exchanged(name: string, live: LiveTable, choice: LoadChoice): LoadChoice {
  if (!live.ours) return choice;
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
  if (wanted === 'append' || wanted === 'truncate') return { method: wanted, reason: 'asked for' };
  const switchable = live.unswitchable === null;
  if (wanted === 'partitionSwitch' && live.partitioned && switchable) {
    return { method: 'partitionSwitch', reason: 'asked for' };
  }
  if (wanted === 'swap' && switchable) return { method: 'swap', reason: 'asked for' };
  if (wanted === 'auto' && live.empty && live.ours && switchable) {
    return { method: 'swap', reason: `${name} is empty and made by Sluice` };
  }
  if (!live.hasKey) {
    const reason = `${name} keeps its identity and has no key to compare rows by`;
    return { method: 'truncate', reason };
  }
  return { method: 'merge', reason: whyMerged(name, live, wanted) };
}

function whyMerged(name: string, live: LiveTable, wanted: LoadMethod | 'auto'): string {
  if (wanted === 'partitionSwitch' && !live.partitioned) return `${name} is not partitioned`;
  if (wanted === 'swap' || wanted === 'partitionSwitch') {
    return `${name} cannot be switched: ${live.unswitchable ?? ''}`;
  }
  return `${name} keeps its identity and its readers`;
}
