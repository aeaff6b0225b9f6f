/**
 * The answer of `sluice status --json`: an array of pipelines of this shape. Times are ISO 8601,
 * sizes bytes; what is not known is null. Fields may be added, never renamed or removed.
 */
import { formatTableName } from '../../config/table-name.js';
import type { TableRow } from '../../state/store.js';
import type { LaneFacts, PipelineStatusFacts, TargetFactsRead, Trouble } from './facts.js';
import { laneLag, tableLag, untilCleanUp, type Lag } from './lag.js';
import { isLost, whyNot, whyNothing, type Why } from './why.js';

export interface PipelineStatus {
  readonly pipeline: string;
  readonly at: string;
  /** ok; working: something is copied or catches up; degraded: somebody has to act. */
  readonly health: Health;
  readonly running: boolean | null;
  readonly workers: number | null;
  readonly problems: readonly Trouble[];
  /**
   * What somebody should see to beside the tables: targets that left the configuration while the
   * source keeps log for them, and what the pipeline cannot look after just now.
   */
  readonly notices: readonly Trouble[];
  readonly targets: readonly TargetStatus[];
}

export interface TargetStatus {
  readonly target: string;
  readonly health: Health;
  readonly lag: Lag | null;
  /** Until the source cleans away changes that have not come yet; null: it does not, or none wait. */
  readonly secondsUntilCleanUp: number | null;
  readonly why: Why | null;
  /**
   * Tables whose part of a source transaction is missing on the target until they have caught up,
   * while other tables of their lane have theirs.
   */
  readonly notWhole: readonly string[];
  readonly tables: readonly TableStatus[];
}

export interface TableStatus {
  /** In the notation schema.table of the source and of the target. */
  readonly table: string;
  readonly targetTable: string;
  readonly mode: string;
  readonly phase: string;
  readonly since: string;
  readonly epoch: number;
  readonly health: Health;
  readonly rows: {
    readonly copied: number;
    readonly estimated: number | null;
    /** Only while it is copied. */
    readonly secondsLeft: number | null;
  };
  readonly lag: Lag | null;
  readonly parked: { readonly rows: number; readonly bytes: number; readonly since: string | null };
  readonly watermark: string | null;
  readonly verification: { readonly result: string; readonly at: string } | null;
  readonly fault: { readonly code: string; readonly message: string } | null;
  readonly why: Why | null;
  /** What it does not do by its settings, although nothing is wrong with it. */
  readonly remark: Why | null;
}

export type Health = 'ok' | 'working' | 'degraded';

const ENDED = new Set(['detached', 'removed']);

export function pipelineStatus(facts: PipelineStatusFacts): PipelineStatus {
  const targets = facts.targets.map((target) => targetStatus(target, facts));
  const problems = [
    facts.running.trouble,
    facts.source.trouble,
    ...facts.targets.map((target) => target.trouble),
  ].filter((trouble) => trouble !== null);
  const stopped = facts.enabled && facts.running.pipelineRuns !== true;
  const notices = [...(facts.running.unattended ?? []), ...facts.source.left];
  const troubled = problems.length > 0 || notices.length > 0;
  const broken = troubled || stopped || facts.running.fault !== null;
  return {
    pipeline: facts.pipeline,
    at: facts.now.toISOString(),
    health: broken ? 'degraded' : worst(targets.map((target) => target.health)),
    running: facts.running.pipelineRuns,
    workers: facts.running.workers,
    problems,
    notices,
    targets,
  };
}

function targetStatus(target: TargetFactsRead, facts: PipelineStatusFacts): TargetStatus {
  const tables = target.tables.map((table) => {
    const lane = target.lanes.find((one) => one.lane.laneId === table.laneId) ?? null;
    const loaded = target.loaded.has(table.tableId);
    const remark = target.remarks.get(table.tableId) ?? null;
    return { ...tableStatus(table, lane, facts, loaded), remark };
  });
  const lost = isLost(target, facts);
  const broken = lost || target.trouble !== null || target.lanes.some((one) => one.fault !== null);
  const begins = target.tables.length === 0 && !target.started ? (['working'] as const) : [];
  return {
    target: target.target,
    health: broken ? 'degraded' : worst([...begins, ...tables.map((table) => table.health)]),
    lag: furthestBehind(target.lanes.map((lane) => laneLag(lane, facts.now))),
    secondsUntilCleanUp: soonest(target.lanes.map((lane) => untilCleanUp(lane, facts.now))),
    why: whyNothing(target, facts),
    notWhole: target.tables
      .filter((table) => isMissing(table, target.tables))
      .map(({ source }) => formatTableName(source)),
    tables,
  };
}

/** Alone in its lane it has no part that others could lack. */
function isMissing(table: TableRow, all: readonly TableRow[]): boolean {
  if (table.laneId === null || table.applies || ENDED.has(table.phase)) return false;
  return all.some(({ laneId, applies }) => applies && laneId === table.laneId);
}

function tableStatus(
  table: TableRow,
  lane: LaneFacts | null,
  facts: PipelineStatusFacts,
  loaded: boolean,
): Omit<TableStatus, 'remark'> {
  const lag = tableLag(table, lane, facts.now);
  const { verifiedAt, verifiedResult } = table;
  return {
    table: formatTableName(table.source),
    targetTable: formatTableName(table.targetTable),
    mode: table.mode,
    phase: table.phase,
    since: table.phaseSince.toISOString(),
    epoch: Number(table.epoch),
    health: healthOf(table),
    rows: {
      copied: table.rowsCopied,
      estimated: table.rowsEstimated,
      secondsLeft: secondsLeft(table, facts.now),
    },
    lag,
    parked: {
      rows: table.parkedRows,
      bytes: table.parkedBytes,
      since: table.parkedSince?.toISOString() ?? null,
    },
    watermark: table.watermark,
    verification:
      verifiedAt === null || verifiedResult === null
        ? null
        : { result: verifiedResult, at: verifiedAt.toISOString() },
    fault:
      table.faultCode === null
        ? null
        : { code: table.faultCode, message: table.faultMessage ?? '' },
    why: whyNot(table, lane, { ...facts, lag, loaded }),
  };
}

function healthOf(table: TableRow): Health {
  // What was found of a table that left is not looked at again.
  if (ENDED.has(table.phase)) return 'ok';
  if (table.phase === 'quarantined') return 'degraded';
  if (['failed', 'error'].includes(table.verifiedResult ?? '')) return 'degraded';
  if (table.phase === 'streaming' || table.wanted === 'pause' || !table.enabled) return 'ok';
  return 'working';
}

/** Of several lanes the one that has to catch up most; null where none is measured. */
function furthestBehind(lags: readonly (Lag | null)[]): Lag | null {
  const known = lags.filter((lag) => lag !== null);
  return known.sort((a, b) => b.seconds - a.seconds)[0] ?? null;
}

function soonest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** By the speed since its copy began; null without an estimate or before the first row. */
export function secondsLeft(table: TableRow, now: Date): number | null {
  const { rowsCopied, rowsEstimated, phase } = table;
  if (phase !== 'fullSync' || rowsEstimated === null || rowsCopied <= 0) return null;
  const seconds = (now.getTime() - table.phaseSince.getTime()) / 1000;
  if (seconds <= 0) return null;
  return Math.max(0, Math.round(((rowsEstimated - rowsCopied) * seconds) / rowsCopied));
}

function worst(healths: readonly Health[]): Health {
  if (healths.includes('degraded')) return 'degraded';
  return healths.includes('working') ? 'working' : 'ok';
}
