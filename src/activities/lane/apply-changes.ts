/**
 * The lane: reads the feed from the target's checkpoint and writes whole source transactions to
 * the target, each batch with its checkpoint. Whatever dies, the next attempt claims the lane,
 * which shuts the former one out, and goes on from the checkpoint.
 */
import { SluiceError } from '../../core/errors.js';
import { feedKindOfLane, isSharedLane, type FeedKind } from '../../core/feed-kind.js';
import type { ApplyResult, LaneRef, LaneRound, StreamActivities } from '../../core/protocol.js';
import type { TargetDatabase } from '../../engines/engine.js';
import { countApplied } from './count-applied.js';
import type { Dependencies } from '../dependencies.js';
import { pollTable } from '../poll/poll.js';
import { tableStep } from '../table-step.js';
import { quarantine } from '../quarantine.js';
import { LOOP_LIMIT_MS, longRunning, type LongRun } from '../long-running.js';
import { needsLane, tablesOfLane } from '../../session/lane-state.js';
import { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import type { LanePace } from './lane-loop.js';
import { runLane } from './run-lane.js';
import { laneSwitchedOffBy, textsNow, untilReconfigured } from './reconfigured.js';

/** A lane without tables rests so long. */
const DEFAULT_POLL_MS = 10_000;

export function streamActivities(deps: Dependencies): StreamActivities {
  const step = tableStep(deps);
  return {
    pollTable: (ref) => step(ref, 'poll', pollTable),
    applyChanges: (ref) =>
      longRunning(LOOP_LIMIT_MS, (run) =>
        PipelineSession.use(deps.session, ref.pipeline, 'stream', (session) =>
          untilReconfigured(deps.session, ref, session.config, run, (watched) =>
            applyChanges(session, ref, watched, deps),
          ),
        ),
      ),
    handleGap: (ref) =>
      longRunning(LOOP_LIMIT_MS, () =>
        PipelineSession.use(deps.session, ref.pipeline, 'gap', (session) =>
          handleGap(session, ref),
        ),
      ),
  };
}

async function applyChanges(
  session: PipelineSession,
  ref: LaneRound,
  run: LongRun,
  deps: Dependencies,
): Promise<ApplyResult> {
  session.targetConfig(ref.target);
  const offBy = laneSwitchedOffBy(session.config, ref.target);
  if (offBy !== undefined) {
    const detail = `the ${offBy} is switched off`;
    return { reason: 'stopped', detail, transactions: 0, changes: 0 };
  }
  const source = await session.source();
  const target = await session.target(ref.target);
  const lane = await target.state.lanes.ensure(ref.pipeline, ref.target, ref.n);
  if (lane.position === null) {
    throw new SluiceError('FEED_NOT_ENABLED', `The lane of ${ref.target} has no position yet.`);
  }
  const feed = session.feedName(ref.target, feedKindOfLane(ref.n));
  const { laneId } = lane;
  const rows = await tablesOfLane(target.state, ref.pipeline, laneId);
  if (!isSharedLane(ref.n) && !rows.some(needsLane)) {
    const detail = 'no table follows in this lane any more';
    return { reason: 'stopped', detail, transactions: 0, changes: 0 };
  }
  const pace = paceOf(session, feedKindOfLane(ref.n), rows);
  const { worker } = deps;
  const asText = textsNow(deps.session, ref, session.config);
  const untilItWorks = ref.afterFailure === true;
  const ends = { source, target, laneId, feed, worker, pace, asText, untilItWorks };
  return runLane(ends, countApplied(run, ref));
}

/** One reader serves all tables of a lane: the table that asks for the shortest rest decides. */
function paceOf(session: PipelineSession, kind: FeedKind, tables: readonly TableRow[]): LanePace {
  const { rows, bytes, wait } = session.config.batch;
  const rests = tables.map((row) => session.settings(row.target, row.source).poll[kind]);
  return { rows, bytes, waitMs: wait, pollMs: Math.min(DEFAULT_POLL_MS, ...rests) };
}

/**
 * The checkpoint does not fit the feed: a new position, and every table of the lane waits for a
 * resync with the reason. What was parked is worthless too.
 */
async function handleGap(
  session: PipelineSession,
  ref: LaneRef & { reason: string },
): Promise<{ tables: number }> {
  const source = await session.source();
  const target: TargetDatabase = await session.target(ref.target);
  const lane = await target.state.lanes.ensure(ref.pipeline, ref.target, ref.n);
  const rows = (await tablesOfLane(target.state, ref.pipeline, lane.laneId)).filter(
    (row) => row.phase !== 'detached' && row.epoch !== '0',
  );
  for (const row of rows) {
    // A full sync that is at work must not make visible what lacks the lost changes.
    await target.state.tables.claim(row.tableId);
    await quarantine(target, row, 'FEED_GAP', `Changes were lost: ${ref.reason}`);
  }
  const kind = feedKindOfLane(ref.n);
  const { position } = await source.feed(kind).renew(session.feedName(ref.target, kind));
  const { lineage } = await source.identity();
  await target.state.lanes.setPosition(lane.laneId, position, lineage);
  await target.state.lanes.setState(lane.laneId, 'running', null);
  await target.state.tables.raiseAttention(rows.map((row) => row.tableId));
  return { tables: rows.length };
}
