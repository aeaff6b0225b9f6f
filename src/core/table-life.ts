/**
 * A table's life, decided without Temporal and without a database.
 *
 *   new → bootstrapping → fullSync → catchingUp → streaming ⇄ paused
 *   any → quarantined → (retry) where it stood | (forceResync) fullSync
 *   any → detached | removed
 *
 * The facts come from the target, the memory from the workflow; `nextStep` says what to do now.
 * A table without a lane (mode full or incremental) rests in `streaming` between its own rounds.
 */
import type { Command, TableFacts } from './protocol.js';
import { NO_FAILURES, type FailureBudget } from './failure-budget.js';

export interface TableMemory {
  /** Commands in the order they came, not yet carried out; at most 50. */
  readonly queue: readonly Command[];
  /** Ids of commands that were carried out or are in the queue; the newest 50. */
  readonly seen: readonly string[];
  readonly budget: FailureBudget;
  /** A resync was asked for and its epoch has not begun. */
  readonly resync: { readonly reason: string; readonly requestId: string } | null;
  /** Resyncs begun without being asked for (gap, budget), by time in ms; the newest few. */
  readonly ownResyncs: readonly number[];
  readonly stopped: boolean;
}

export const FRESH_MEMORY: TableMemory = {
  queue: [],
  seen: [],
  budget: NO_FAILURES,
  resync: null,
  ownResyncs: [],
  stopped: false,
};

const KEPT = 50;

/** Record a command; a repeated requestId and a flood beyond the queue change nothing. */
export function recordCommand(memory: TableMemory, command: Command): TableMemory {
  if (memory.seen.includes(command.requestId)) return memory;
  if (memory.queue.length >= KEPT) return memory;
  return {
    ...memory,
    queue: [...memory.queue, command],
    seen: [...memory.seen, command.requestId].slice(-KEPT),
  };
}

export type TableStep =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'bootstrap' }
  | { readonly kind: 'beginEpoch'; readonly reason: string; readonly requestId: string }
  | { readonly kind: 'fullSync'; readonly epoch: string }
  | { readonly kind: 'resume' }
  | { readonly kind: 'poll' }
  | { readonly kind: 'rest' }
  | { readonly kind: 'detach' }
  | { readonly kind: 'end' };

/** Faults that Sluice mends by itself with a resync, within a budget. */
const MENDED_BY_RESYNC = new Set(['FEED_GAP', 'FEED_CHANGED', 'PARKED_BUDGET']);
const OWN_RESYNCS_PER_DAY = 2;
const DAY_MS = 86_400_000;

export function nextStep(facts: TableFacts, memory: TableMemory, nowMs: number): TableStep {
  const [command] = memory.queue;
  if (command !== undefined) return { kind: 'command', command };
  if (memory.stopped) return { kind: 'end' };
  if (facts.phase === 'removed' || facts.phase === 'detached') return { kind: 'end' };
  if (facts.wanted === 'detach') return { kind: 'detach' };
  if (!facts.enabled || facts.wanted === 'pause') return { kind: 'rest' };
  if (memory.resync !== null) return { kind: 'beginEpoch', ...memory.resync };
  return stepOfPhase(facts, memory, nowMs);
}

function stepOfPhase(facts: TableFacts, memory: TableMemory, nowMs: number): TableStep {
  switch (facts.phase) {
    case 'new':
    case 'bootstrapping':
      return { kind: 'bootstrap' };
    case 'fullSync':
      return { kind: 'fullSync', epoch: facts.epoch };
    case 'catchingUp':
    case 'paused':
      return { kind: 'resume' };
    case 'quarantined':
      return mendOrWait(facts, memory, nowMs);
    default:
      return facts.polls ? { kind: 'poll' } : { kind: 'rest' };
  }
}

function mendOrWait(facts: TableFacts, memory: TableMemory, nowMs: number): TableStep {
  const code = facts.faultCode ?? '';
  const recent = memory.ownResyncs.filter((at) => nowMs - at < DAY_MS);
  if (!MENDED_BY_RESYNC.has(code) || recent.length >= OWN_RESYNCS_PER_DAY) {
    return { kind: 'rest' };
  }
  return {
    kind: 'beginEpoch',
    reason: `mends ${code}`,
    requestId: `own-${facts.epoch}-${code}`,
  };
}

/** What a carried-out command leaves in the memory. */
export function afterCommand(memory: TableMemory, command: Command): TableMemory {
  const queue = memory.queue.filter((queued) => queued.requestId !== command.requestId);
  const rest = { ...memory, queue };
  switch (command.command) {
    case 'forceResync':
      return {
        ...rest,
        budget: NO_FAILURES,
        resync: { reason: command.reason, requestId: command.requestId },
      };
    case 'retry':
    case 'resume':
      return { ...rest, budget: NO_FAILURES };
    case 'stop':
      return { ...rest, stopped: true };
    default:
      return rest;
  }
}

/** The epoch asked for has begun; own resyncs are counted against their budget. */
export function afterEpochBegan(memory: TableMemory, nowMs: number): TableMemory {
  const own = memory.resync === null;
  return {
    ...memory,
    resync: null,
    ownResyncs: own ? [...memory.ownResyncs, nowMs].slice(-5) : memory.ownResyncs,
  };
}

/** Commands that interrupt a running full sync instead of waiting for its end. */
export function interrupts(command: Command): boolean {
  return ['pause', 'forceResync', 'stop'].includes(command.command);
}
