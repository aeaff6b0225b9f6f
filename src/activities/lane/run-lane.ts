import type { AsText } from '../../core/as-text.js';
import { SluiceError } from '../../core/errors.js';
import type { ApplyResult } from '../../core/protocol.js';
import type { FeedName, FeedReader } from '../../engines/contract/feed.js';
import type { LaneClaim } from '../../engines/contract/lane.js';
import type { SourceDatabase, TargetDatabase } from '../../engines/engine.js';
import { LaneLoop, type LanePace } from './lane-loop.js';
import { membershipWithParking } from './lane-membership.js';
import type { LongRun } from '../long-running.js';

const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

export interface LaneEnds {
  readonly source: SourceDatabase;
  readonly target: TargetDatabase;
  readonly laneId: string;
  readonly feed: FeedName;
  /** Names the owner, for people. */
  readonly worker: string;
  readonly pace: LanePace;
  /** Columns that travel as text. Default: none. */
  readonly asText?: AsText;
  /** Come back once it has committed something or had nothing to do. Default: go on. */
  readonly untilItWorks?: boolean;
}

/**
 * Own the lane and follow the feed from its checkpoint until the run is due to return. Without
 * Temporal: whoever claims the lane next goes on from the checkpoint, however this one ended.
 *
 * @throws SluiceError of either side; FENCED_OUT when another owner has the lane
 */
export async function runLane(ends: LaneEnds, run: LongRun): Promise<ApplyResult> {
  const { source, target, laneId } = ends;
  const writer = await target.claimLane(laneId, ends.worker);
  let reader: FeedReader | null = null;
  try {
    // Only now: before the claim another owner may still move the checkpoint and acknowledge it.
    const feed = source.feed(ends.feed.kind);
    const gap = await feed.findGap(ends.feed, writer.claim);
    if (gap !== null) {
      await target.state.lanes.setState(laneId, 'gap', gap.reason);
      return { reason: 'gap', detail: gap.reason, transactions: 0, changes: 0 };
    }
    await target.state.lanes.setState(laneId, 'running', null);
    await followLineage(ends, writer.claim);
    const membership = await membershipWithParking(writer);
    let loop: LaneLoop | null = null;
    const wanted = () => (loop?.members ?? membership.members).map((member) => member.source);
    reader = await feed.open(ends.feed, writer.claim.position, {
      wire: commonWire(source, target),
      maxBufferedBytes: MAX_BUFFERED_BYTES,
      wanted,
      ...(ends.asText === undefined ? {} : { asText: ends.asText }),
      pollMs: ends.pace.pollMs,
    });
    loop = new LaneLoop(writer, reader, membership, run, ends.pace, ends.untilItWorks);
    return await loop.run();
  } finally {
    await reader?.close();
    await writer.close();
  }
}

/**
 * The source was promoted without a loss: its log goes on under another lineage. That has to be kept
 * before the checkpoint passes the place where the two part, or it would look like a gap later.
 */
async function followLineage(ends: LaneEnds, claim: LaneClaim): Promise<void> {
  const { lineage } = await ends.source.identity();
  if (lineage === claim.lineage) return;
  await ends.target.state.lanes.setLineage(claim.laneId, claim.fence, lineage);
}

/** Engines of one kind speak their own format; between others changes are in neutral text. */
function commonWire(source: SourceDatabase, target: TargetDatabase): string {
  const wire = source.wires.find((name) => target.wires.includes(name));
  if (wire !== undefined) return wire;
  throw new SluiceError(
    'CONFIG_INVALID',
    'Changes of this source cannot be written to this target.',
    {
      remedy: 'Use mode: incremental or mode: full for its tables.',
    },
  );
}
