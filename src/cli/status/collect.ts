/** Asks source, targets and Temporal; whoever does not answer becomes a trouble, not an error. */
import type { SluiceClient } from '../../client.js';
import { FEED_KINDS, feedKindOfLane, type FeedKind } from '../../core/feed-kind.js';
import { SluiceError, toSluiceError } from '../../core/errors.js';
import { pipelineId, TASK_QUEUES } from '../../core/ids.js';
import { selects } from '../../config/select-pattern.js';
import { findAbandoned } from '../../session/abandoned.js';
import { currentUntil } from '../../session/current-until.js';
import { keptByKind, type KeptByKind } from '../../session/kept-by-kind.js';
import { livingLanes, readLanes } from '../../session/lane-state.js';
import { keptTargets, leftFindings } from '../../session/left-targets.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import { whyCopiesWait } from '../../session/why-copies-wait.js';
import type { Position } from '../../engines/contract/feed.js';
import type { Finding } from '../../engines/contract/schema.js';
import type { LaneRow, StateStore, TableRow } from '../../state/store.js';
import type { CliContext } from '../context.js';
import type { SelectedPipeline } from '../select.js';
import { startedState } from '../started-state.js';
import { laneFaults, pipelineFaults } from './lane-faults.js';
import type {
  FeedEnds,
  LaneFacts,
  PipelineStatusFacts,
  RunningFacts,
  SourceFacts,
  TargetFactsRead,
  Trouble,
  Why,
} from './facts.js';
import { remarkOn } from './remarks.js';

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

function troubleOfFinding({ code, message, remedy }: Finding): Trouble {
  return { code, message, remedy: remedy ?? null };
}

/** A kind that the configuration does not use need not be there at all. */
async function whatIsInUse(
  session: PipelineSession,
): Promise<{ readonly kinds: readonly FeedKind[]; readonly copies: boolean }> {
  const used = new Set<string>();
  let copies = false;
  for (const name of session.targetNames) {
    const state = await startedState(session, name).catch(() => null);
    const rows = state === null ? [] : await state.tables.list(session.pipeline);
    for (const row of rows) used.add(row.mode);
    copies ||= rows.some((row) => row.phase === 'fullSync');
  }
  return { kinds: FEED_KINDS.filter((kind) => used.has(kind)), copies };
}

async function sourceEnds(session: PipelineSession): Promise<SourceFacts> {
  const ends = new Map<FeedKind, Position>();
  try {
    const source = await session.source();
    await source.identity();
    const { kinds, copies } = await whatIsInUse(session);
    for (const kind of kinds) ends.set(kind, await source.feed(kind).end());
    const left = (await leftFindings(session)).map(troubleOfFinding);
    const kept = (await keptTargets(session)).map(({ target }) => target);
    // The user's own query of the load is no reason to run, or to fail, where nothing is copied.
    const copiesWait = copies ? await whyCopiesWait(session, source).catch(() => null) : null;
    return { trouble: null, ends, left, kept, copiesWait };
  } catch (thrown) {
    return { trouble: troubleOf(thrown), ends, left: [], kept: [], copiesWait: null };
  }
}

async function collectTarget(
  session: PipelineSession,
  name: string,
  ends: FeedEnds,
  pattern: string,
): Promise<TargetFactsRead> {
  const nothing = {
    target: name,
    started: false,
    lanes: [],
    tables: [],
    others: [],
    remarks: new Map(),
    loaded: new Set<string>(),
  };
  try {
    const state = await startedState(session, name);
    if (state === null) return { ...nothing, trouble: null };
    const read = await readLanes(state, session.pipeline, name);
    const isMeant = (row: TableRow): boolean =>
      selects(pattern, row.source) || selects(pattern, row.targetTable);
    const tables = read.rows.filter(isMeant);
    const others = read.rows.filter((row) => !isMeant(row)).map(({ source }) => source);
    const kept = keptByKind(session, name);
    const measured = await Promise.all(
      livingLanes(read).map(async (lane) => {
        const last = await state.history.lastCheckpoint(lane.laneId);
        return measureLane(session, lane, { last, ends, kept });
      }),
    );
    const loaded = await loadedTables(state, tables);
    const remarks = remarksOn(session, tables);
    const found = { lanes: measured, tables, others, remarks, loaded };
    return { target: name, trouble: null, started: true, ...found };
  } catch (thrown) {
    return { ...nothing, trouble: troubleOf(thrown) };
  }
}

function remarksOn(
  session: PipelineSession,
  tables: readonly TableRow[],
): ReadonlyMap<string, Why> {
  const remarks = new Map<string, Why>();
  for (const row of tables) {
    const remark = remarkOn(row, session.settings(row.target, row.source));
    if (remark !== null) remarks.set(row.tableId, remark);
  }
  return remarks;
}

async function loadedTables(
  state: StateStore,
  tables: readonly TableRow[],
): Promise<ReadonlySet<string>> {
  const loaded = new Set<string>();
  for (const { tableId, epoch } of tables.filter(({ phase }) => phase === 'fullSync')) {
    const { total, done } = await state.chunks.progress(tableId, epoch);
    if (total > 0 && done === total) loaded.add(tableId);
  }
  return loaded;
}

interface Measures {
  readonly last: { readonly at: Date; readonly transactions: number } | null;
  readonly ends: FeedEnds;
  readonly kept: KeptByKind;
}

async function measureLane(
  session: PipelineSession,
  lane: LaneRow,
  { last, ends, kept }: Measures,
): Promise<LaneFacts> {
  const kind = feedKindOfLane(lane.n);
  const end = ends.get(kind);
  let behindBytes: number | null = null;
  const isMeasured = end !== undefined && lane.position !== null;
  if (isMeasured) {
    const arrived = session.sourceEngine().comparePositions(lane.position, end) >= 0;
    behindBytes = arrived ? 0 : (await session.source()).feed(kind).distance(lane.position, end);
  }
  return {
    lane,
    behindBytes,
    // Of an unknown size: then an idle move comes only where the stream was at the end.
    currentUntil: currentUntil(lane, last, isMeasured ? (behindBytes ?? 0) : null),
    fault: null,
    keepsSeconds: await keepsSeconds(kept, kind),
    abandoned: end === null ? null : await abandoned(session, lane),
  };
}

/** A source that does not answer is a trouble of its own. */
async function keepsSeconds(kept: KeptByKind, kind: FeedKind): Promise<number | null> {
  try {
    return await kept(kind);
  } catch (thrown) {
    if (thrown instanceof SluiceError) return null;
    throw thrown;
  }
}

async function abandoned(session: PipelineSession, lane: LaneRow): Promise<Trouble | null> {
  const found = await findAbandoned(session, lane);
  return found === null ? null : troubleOfFinding(found);
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
  let own: Awaited<ReturnType<typeof pipelineFaults>> = { fault: null, unattended: [] };
  if (running && workers > 0) {
    own = await pipelineFaults(client, pipelineId(selected.name));
    for (const { target, lanes } of await reading) {
      const rows = lanes.map(({ lane }) => lane);
      faults.set(target, await laneFaults(client, rows));
    }
  }
  return { trouble: null, pipelineRuns: running, workers, ...own, laneFaults: faults };
}

/** Ids of lanes are unique within the state of one target only. */
function withFaults(target: TargetFactsRead, running: RunningWithLanes): TargetFactsRead {
  const faults = running.laneFaults.get(target.target);
  const lanes = target.lanes.map((facts) => {
    return { ...facts, fault: faults?.get(facts.lane.laneId) ?? null };
  });
  return { ...target, lanes };
}
