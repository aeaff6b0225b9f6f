import type { End } from './ends.js';

const BATCHES = `select lane_id, from_position, to_position from sluice.run
 where kind = 'batch' order by lane_id, run_id`;

/** Where a batch of a lane does not begin at the end of the one before it, or ends before it began. */
export async function brokenJoins(target: End): Promise<string[]> {
  const broken: string[] = [];
  const ends = new Map<string, string>();
  for (const row of await target.query(BATCHES)) {
    const lane = String(row.lane_id);
    const from = String(row.from_position);
    const to = String(row.to_position);
    const end = ends.get(lane) ?? from;
    if (end !== from) broken.push(`Lane ${lane}: a batch from ${from} follows one to ${end}.`);
    if (from > to) broken.push(`Lane ${lane}: a batch from ${from} to ${to}.`);
    ends.set(lane, to);
  }
  return broken;
}
