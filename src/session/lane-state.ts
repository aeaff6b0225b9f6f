/** Which lanes and tables a target has, as its rows have it, and which of those lanes are needed. */
import { isSharedLane } from '../core/feed-kind.js';
import type { LaneRow, StateStore, TableRow } from '../state/store.js';

export interface LaneState {
  readonly lanes: readonly LaneRow[];
  readonly rows: readonly TableRow[];
}

/** Lanes and tables of one target. */
export async function readLanes(
  state: StateStore,
  pipeline: string,
  target: string,
): Promise<LaneState> {
  const lanes = await state.lanes.list(pipeline);
  const rows = await state.tables.list(pipeline);
  return {
    lanes: lanes.filter((lane) => lane.target === target),
    rows: rows.filter((row) => row.target === target),
  };
}

/** The tables of one lane. */
export async function tablesOfLane(
  state: StateStore,
  pipeline: string,
  laneId: string,
): Promise<TableRow[]> {
  const rows = await state.tables.list(pipeline);
  return rows.filter((row) => row.laneId === laneId);
}

const ENDED = new Set(['detached', 'removed']);

/** Somebody has to read the changes of this table. */
export function needsLane(row: TableRow): boolean {
  return row.laneId !== null && row.wanted !== 'detach' && !ENDED.has(row.phase);
}

/** As the rows have it: another worker may have agreed on them first. */
export function lanesInUse({ lanes, rows }: LaneState): LaneRow[] {
  const used = new Set(rows.filter(needsLane).map((row) => row.laneId));
  return lanes.filter(({ laneId }) => used.has(laneId));
}

/** A lane that one table had for itself ends with it; a shared one is there for the next. */
export function livingLanes(state: LaneState): LaneRow[] {
  const used = lanesInUse(state);
  return state.lanes.filter((lane) => isSharedLane(lane.n) || used.includes(lane));
}

/**
 * Numbers of the lanes whose workflows have to run.
 *
 * @param chosen a shared one goes on, whether a table is in it just now or not
 */
export function lanesToRun(state: LaneState, chosen: readonly number[]): number[] {
  const used = lanesInUse(state);
  const run = livingLanes(state).filter((lane) => used.includes(lane) || chosen.includes(lane.n));
  return run.map(({ n }) => n);
}
