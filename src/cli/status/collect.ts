/** Asks source, targets and Temporal; whoever does not answer becomes a trouble, not an error. */
import type { SluiceClient } from '../../client.js';
import { FEED_KINDS, feedKindOfLane, type FeedKind } from '../../core/feed-kind.js';
import { SluiceError, toSluiceError } from '../../core/errors.js';
import { pipelineId, TASK_QUEUES } from '../../core/ids.js';
import { selects } from '../../config/select-pattern.js';
import { findAbandoned } from '../../session/abandoned.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { Position } from '../../engines/contract/feed.js';
import type { LaneRow } from '../../state/store.js';
import type { CliContext } from '../context.js';
import type { SelectedPipeline } from '../select.js';
import { startedState } from '../started-state.js';
import { faultOf, laneFaults } from './lane-faults.js';
import type {
  FeedEnds,
  LaneFacts,
  PipelineStatusFacts,
  RunningFacts,
  TargetFactsRead,
  Trouble,
} from './facts.js';

export async function collectStatus(
  cli: CliContext,
  selected: SelectedPipeline,
  pattern: string,
): Promise<PipelineStatusFacts> {
  return cli.use(selected.name, 'status', async (session) => {
    const ends = sourceEnds(session);
    const reading = ends.then((source) =>
      Promise.all(
        selected.targets.map((target) => collectTarget(session, target, source.ends, pattern)),
      ),
    );
    const running = await collectRunning(cli, selected, reading);
    return {
      pipeline: selected.name,
      enabled: selected.config.enabled,
      now: new Date(),
      source: await ends,
      running,
      targets: (await reading).map((target) => withFaults(target, running)),
    };
  });
}

export function troubleOf(thrown: unknown): Trouble {
  const error = toSluiceError(thrown);
  return { code: error.code, message: error.message, remedy: error.remedy ?? null };
}

/** A kind that the configuration does not use need not be there at all. */
async function kindsInUse(session: PipelineSession): Promise<FeedKind[]> {
  const used = new Set<string>();
  for (const name of session.targetNames) {
    const state = await startedState(session, name).catch(() => null);
    const rows = state === null ? [] : await state.tables.list(session.pipeline);
    for (const row of rows) used.add(row.mode);
  }
  return FEED_KINDS.filter((kind) => used.has(kind));
}

async function sourceEnds(
  session: PipelineSession,
): Promise<{ trouble: Trouble | null; ends: FeedEnds }> {
  const ends = new Map<FeedKind, Position>();
  try {
    const source = await session.source();
    await source.identity();
    for (const kind of await kindsInUse(session)) ends.set(kind, await source.feed(kind).end());
    return { trouble: null, ends };
  } catch (thrown) {
    return { trouble: troubleOf(thrown), ends };
  }
}

async function collectTarget(
  session: PipelineSession,
  name: string,
  ends: FeedEnds,
  pattern: string,
): Promise<TargetFactsRead> {
  const nothing = { target: name, started: false, lanes: [], tables: [] };
  try {
    const state = await startedState(session, name);
    if (state === null) return { ...nothing, trouble: null };
    const tables = (await state.tables.list(session.pipeline)).filter(
      (row) =>
        row.target === name && (selects(pattern, row.source) || selects(pattern, row.targetTable)),
    );
    const lanes = (await state.lanes.list(session.pipeline)).filter((lane) => lane.target === name);
    const measured = await Promise.all(
      lanes.map(async (lane) => {
        const last = await state.history.lastCheckpoint(lane.laneId);
        return measureLane(session, lane, last, ends);
      }),
    );
    return { target: name, trouble: null, started: true, lanes: measured, tables };
  } catch (thrown) {
    return { ...nothing, trouble: troubleOf(thrown) };
  }
}

async function measureLane(
  session: PipelineSession,
  lane: LaneRow,
  last: { at: Date; transactions: number } | null,
  ends: FeedEnds,
): Promise<LaneFacts> {
  const kind = feedKindOfLane(lane.n);
  const end = ends.get(kind);
  let behindBytes: number | null = null;
  if (end !== undefined && lane.position !== null) {
    const arrived = session.sourceEngine().comparePositions(lane.position, end) >= 0;
    behindBytes = arrived ? 0 : (await session.source()).feed(kind).distance(lane.position, end);
  }
  return {
    lane,
    behindBytes,
    currentUntil: currentUntil(lane, last, behindBytes),
    fault: null,
    keepsSeconds: await keepsSeconds(session, lane),
    abandoned: end === null ? null : await abandoned(session, lane),
  };
}

/** A source that does not answer is a trouble of its own. */
async function keepsSeconds(session: PipelineSession, lane: LaneRow): Promise<number | null> {
  const kind = feedKindOfLane(lane.n);
  try {
    const source = await session.source();
    const health = await source.feed(kind).health(session.feedName(lane.target, kind));
    return health.keepsSeconds ?? null;
  } catch (thrown) {
    if (thrown instanceof SluiceError) return null;
    throw thrown;
  }
}

async function abandoned(session: PipelineSession, lane: LaneRow): Promise<Trouble | null> {
  const found = await findAbandoned(session, lane);
  if (found === null) return null;
  return { code: found.code, message: found.message, remedy: found.remedy ?? null };
}

/** More log than an idle stream leaves between two moves of its checkpoint. */
const IDLE_BYTES = 64 * 1024 * 1024;
const SAME_MOMENT_MS = 1_000;

/**
 * Until when the target is known to have everything: the commit time of the last transaction, or
 * the later move of the checkpoint when the stream had nothing to bring. A large rest of log means
 * that the stream had not come to the end, so that move proves nothing.
 */
export function currentUntil(
  lane: Pick<LaneRow, 'sourceTime' | 'updatedAt'>,
  last: { readonly at: Date } | null,
  behindBytes: number | null,
): Date | null {
  const { sourceTime, updatedAt } = lane;
  const movedIdly = last === null || updatedAt.getTime() > last.at.getTime() + SAME_MOMENT_MS;
  if (!movedIdly || behindBytes === null || behindBytes > IDLE_BYTES) return sourceTime;
  return sourceTime === null || updatedAt > sourceTime ? updatedAt : sourceTime;
}

type RunningWithLanes = RunningFacts & {
  /** By target, then by the id of the lane. */
  readonly laneFaults: ReadonlyMap<string, ReadonlyMap<string, string>>;
};

async function collectRunning(
  cli: CliContext,
  selected: SelectedPipeline,
  reading: Promise<readonly TargetFactsRead[]>,
): Promise<RunningWithLanes> {
  try {
    return await cli.useClient((client) => askTemporal(client, selected, reading));
  } catch (thrown) {
    const trouble = troubleOf(thrown);
    return { trouble, pipelineRuns: null, workers: null, fault: null, laneFaults: new Map() };
  }
}

async function askTemporal(
  client: SluiceClient,
  selected: SelectedPipeline,
  reading: Promise<readonly TargetFactsRead[]>,
): Promise<RunningWithLanes> {
  const { running } = await client.pipelineState(selected.name);
  const workers = await client.countPollers(TASK_QUEUES.stream);
  const faults = new Map<string, ReadonlyMap<string, string>>();
  let fault: string | null = null;
  if (running && workers > 0) {
    fault = await faultOf(client, pipelineId(selected.name));
    for (const { target, lanes } of await reading) {
      const rows = lanes.map(({ lane }) => lane);
      faults.set(target, await laneFaults(client, rows));
    }
  }
  return { trouble: null, pipelineRuns: running, workers, fault, laneFaults: faults };
}

/** Ids of lanes are unique within the state of one target only. */
function withFaults(target: TargetFactsRead, running: RunningWithLanes): TargetFactsRead {
  const faults = running.laneFaults.get(target.target);
  const lanes = target.lanes.map((facts) => {
    return { ...facts, fault: faults?.get(facts.lane.laneId) ?? null };
  });
  return { ...target, lanes };
}
