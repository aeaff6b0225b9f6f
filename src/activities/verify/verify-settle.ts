import { feedKindOfMode } from '../../core/feed-kind.js';
import {
  settleDifferences,
  type Rounds,
  type Settled,
  type SettleWorld,
} from '../../core/settle.js';
import type { Difference } from '../../core/verification.js';
import type { DigestRequest } from '../../engines/contract/verify.js';
import type { SourceDatabase, TargetDatabase } from '../../engines/engine.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import type { LongRun } from '../long-running.js';

/** How often a difference is looked at, and how long each look waits for the target to arrive. */
export interface Patience {
  readonly rounds: Rounds;
  readonly reachMs: number;
}

export const PATIENCE: Patience = { rounds: { most: 40, late: 10 }, reachMs: 30_000 };
/** By a watermark each look takes as long as a change may take to be seen. */
const LOOKS_BY_WATERMARK = 10;
/** Room for the read and the write of a poll round beyond its interval. */
const ROUND_MS = 5_000;

export interface Requests {
  readonly source: DigestRequest;
  readonly target: DigestRequest;
  /** Both servers sort the key alike: the last rows by it are the same ones. */
  readonly alike: boolean;
}

export interface VerifyContext {
  readonly session: PipelineSession;
  readonly source: SourceDatabase;
  readonly target: TargetDatabase;
  readonly row: TableRow;
  readonly requests: Requests;
  readonly run: LongRun;
  readonly patience: Patience;
}

/**
 * Under load a difference may only be a change on its way. A table on a lane is waited for by the
 * feed's position; one that follows by a watermark for as long as a change may take to be seen.
 */
export function settle(
  differences: readonly Difference[],
  context: VerifyContext,
): Promise<Settled> {
  const { source, target, row, requests } = context;
  // Single rows are read by key wherever they are: the window of the last rows may have moved.
  const whole = { lastRows: null };
  const arrival = row.laneId === null ? byWatermark(context) : byLane(context, row.laneId);
  const { rounds } = context.patience;
  const most = row.laneId === null ? Math.min(rounds.most, LOOKS_BY_WATERMARK) : rounds.most;
  return settleDifferences(
    differences.filter((difference) => isUnwanted(difference, context)),
    {
      readSource: (keys) => source.verify.rowsByKey({ ...requests.source, ...whole }, keys),
      readTarget: (keys) => target.verify.rowsByKey({ ...requests.target, ...whole }, keys),
      ...arrival,
      follows: () => follows(context.target, row),
      goesOn: () => !context.run.dueToReturn(),
    },
    { ...rounds, most },
  );
}

/** A watermark cannot see deletes: where they are ignored, extra rows are as configured. */
function isUnwanted(difference: Difference, { session, row }: VerifyContext): boolean {
  if (row.laneId !== null || difference.kind !== 'extra') return true;
  return session.settings(row.target, row.source).deletes !== 'ignore';
}

/**
 * Whether a table has got all its changes ever since it was read as `row`. While it is paused or
 * copied anew its lane passes positions whose changes wait: its rows differ, and nothing is wrong.
 */
export async function follows(target: TargetDatabase, row: TableRow): Promise<boolean> {
  const now = await target.state.tables.get(row.tableId);
  if (now?.phase !== 'streaming') return false;
  const stayed = now.epoch === row.epoch && +now.phaseSince === +row.phaseSince;
  return stayed && (row.laneId === null || (now.applies && !now.parks));
}

/** Waits until everything that happened before now has come to the target; false: not in time. */
export async function arrived(context: VerifyContext, laneId: string): Promise<boolean> {
  const { sourceEnd, targetReached } = byLane(context, laneId);
  const end = await sourceEnd();
  return end === null || targetReached(end);
}

type Arrival = Pick<SettleWorld, 'sourceEnd' | 'targetReached'>;

/** Positions sort as text, whatever the engine. */
function byLane({ source, target, row, run, patience }: VerifyContext, laneId: string): Arrival {
  const kind = feedKindOfMode(row.mode) ?? 'cdc';
  return {
    // What was read has to lie before it, also where the feed runs behind its log.
    sourceEnd: async () => (await source.fullSync.copiedUpTo(kind)) ?? source.feed(kind).end(),
    targetReached: async (position) => {
      const until = Date.now() + patience.reachMs;
      while (!run.dueToReturn() && Date.now() < until) {
        const lane = await target.state.lanes.get(laneId);
        if (lane?.position != null && lane.position >= position) return true;
        await run.pause(100);
      }
      return false;
    },
  };
}

function byWatermark({ session, row, run }: VerifyContext): Arrival {
  const { watermark, poll } = session.settings(row.target, row.source);
  const seenAfterMs = watermark.overlap + 2 * poll.incremental + ROUND_MS;
  return {
    sourceEnd: () => Promise.resolve(String(Date.now() + seenAfterMs)),
    targetReached: async (time) => {
      await run.pause(Number(time) - Date.now());
      return !run.signal.aborted;
    },
  };
}
