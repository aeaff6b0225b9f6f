import type { StageRef } from '../../contract/full-sync.js';
import { quoted } from './exchange-statements.js';
import type { Leaf, Pairing } from './partition-pairs.js';
import { readExchange, readLive } from './read-exchange.js';
import { SAY } from './sql/exchange.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';

/**
 * Numbers of the live partitions that the stage has no row for, said in the table's log. A table
 * without partitions keeps none; null: the trees are not alike, so it cannot be told.
 */
export async function keptPartitions(
  session: StateSession,
  stage: StageRef,
): Promise<readonly string[] | null> {
  const live = await readLive(session, stage);
  if (live?.root.kind !== 'partitioned') return [];
  const found = await readExchange(session, stage);
  if (typeof found === 'string') return null;
  const leaves = await unmatched(session, found.pairing);
  await sayKept(session, stage, leaves);
  return leaves.map(({ relation }) => relation.oid);
}

/** Live partitions that no row of the stage belongs to. */
export async function unmatched(
  session: StateSession,
  { pairs, alone }: Pairing,
): Promise<readonly Leaf[]> {
  const kept = [...alone];
  for (const { live, staged } of pairs) {
    if (!(await isFilled(session, staged))) kept.push(live);
  }
  return kept;
}

/** Only of those that have rows there is something to say. */
export async function sayKept(
  session: StateSession,
  stage: StageRef,
  leaves: readonly Leaf[],
): Promise<void> {
  let filled = 0;
  for (const leaf of leaves) {
    if (await isFilled(session, leaf)) filled += 1;
  }
  if (filled === 0) return;
  const message = `The source has no row in ${filled} partitions of the target; they stay as they are.`;
  await say(session, stage, message);
}

export async function say(session: StateSession, stage: StageRef, message: string): Promise<void> {
  await session.rows(SAY, [stage.tableId, 'info', message]);
}

export async function isFilled(session: StateSession, { relation }: Leaf): Promise<boolean> {
  const sql = `select exists (select from only ${quoted(relation)}) as filled`;
  return onlyRow(await session.rows<{ filled: boolean }>(sql)).filled;
}
