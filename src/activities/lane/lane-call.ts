/**
 * A word from an activity to a lane of the same process: your membership has changed. The lane would
 * see it by itself within a second; this only spares a new table that second.
 */
const called = new Set<string>();

export function callLane(laneId: string): void {
  called.add(laneId);
}

/** Whether the lane was called since it last asked. */
export function wasCalled(laneId: string): boolean {
  return called.delete(laneId);
}
