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
import { NO_COMMANDS, settle, type CommandLog } from './command-log.js';
import { NO_FAILURES, type FailureBudget } from './failure-budget.js';
import { REFRESH_DUE, type Command, type TableFacts } from './protocol.js';

export interface EpochRequest {
  readonly reason: string;
  /** The same id begins an epoch once, however often it is asked. */
  readonly requestId: string;
}

export interface Fault {
  readonly code: string;
  readonly message: string;
}

export interface TableMemory extends CommandLog {
  readonly budget: FailureBudget;
  /** What `rowsCopied` and the epoch were when last looked at: a change is progress. */
  readonly progress: string;
  /** The target is prepared for an epoch that has not begun. */
  readonly bootstrapped: boolean;
  /** A resync was asked for and its epoch has not begun. */
  readonly resync: EpochRequest | null;
  /** A resync that could not begin because of the fault; a retry asks for it again. */
  readonly held: EpochRequest | null;
  /** What the table has to be quarantined for, until the target knows it. */
  readonly fault: Fault | null;
  /** Resyncs begun without being asked for (gap, budget), by time in ms; the newest few. */
  readonly ownResyncs: readonly number[];
  readonly stopped: boolean;
}

export const FRESH_MEMORY: TableMemory = {
  ...NO_COMMANDS,
  budget: NO_FAILURES,
  progress: '',
  bootstrapped: false,
  resync: null,
  held: null,
  fault: null,
  ownResyncs: [],
  stopped: false,
};

export type TableStep =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'quarantine'; readonly code: string; readonly message: string }
  | { readonly kind: 'bootstrap' }
  | { readonly kind: 'beginEpoch'; readonly reason: string; readonly requestId: string }
  | { readonly kind: 'fullSync'; readonly epoch: string }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'poll' }
  | { readonly kind: 'rest' }
  | { readonly kind: 'detach' }
  | { readonly kind: 'end' };

/** Faults that Sluice mends by itself with a resync, within a budget. */
export const MENDED_BY_RESYNC: ReadonlySet<string> = new Set([
  'FEED_GAP',
  'FEED_CHANGED',
  'PARKED_BUDGET',
]);
const OWN_RESYNCS_PER_DAY = 2;
const DAY_MS = 86_400_000;

export function nextStep(facts: TableFacts, memory: TableMemory, nowMs: number): TableStep {
  const [command] = memory.queue;
  if (command !== undefined) return { kind: 'command', command };
  if (memory.stopped) return { kind: 'end' };
  if (facts.phase === 'removed' || facts.phase === 'detached') return { kind: 'end' };
  if (facts.wanted === 'detach') return { kind: 'detach' };
  if (memory.fault !== null) return { kind: 'quarantine', ...memory.fault };
  if (!facts.enabled || facts.wanted === 'pause') {
    return isFollowing(facts) ? { kind: 'pause' } : { kind: 'rest' };
  }
  if (memory.resync !== null) {
    const prepared = memory.bootstrapped || !isUnprepared(facts);
    return prepared ? { kind: 'beginEpoch', ...memory.resync } : { kind: 'bootstrap' };
  }
  return stepOfPhase(facts, memory, nowMs);
}

function stepOfPhase(facts: TableFacts, memory: TableMemory, nowMs: number): TableStep {
  if (facts.phase !== 'streaming' && MENDED_BY_RESYNC.has(facts.faultCode ?? '')) {
    return mendOrWait(facts, memory, nowMs);
  }
  switch (facts.phase) {
    case 'new':
    case 'bootstrapping':
      // The epoch that stands makes the id another one when a table comes back after a detach.
      return memory.bootstrapped
        ? { kind: 'beginEpoch', reason: 'first copy', requestId: `first-${facts.epoch}` }
        : { kind: 'bootstrap' };
    case 'fullSync':
      return { kind: 'fullSync', epoch: facts.epoch };
    case 'catchingUp':
    case 'paused':
      // Inside a cut-over only the full sync knows the way out.
      return facts.cutoverStep === null
        ? { kind: 'resume' }
        : { kind: 'fullSync', epoch: facts.epoch };
    case 'quarantined':
      return mendOrWait(facts, memory, nowMs);
    default:
      return facts.polls ? { kind: 'poll' } : { kind: 'rest' };
  }
}

/** Changes still go to the live table: the pause came by SQL or by the configuration. */
function isFollowing(facts: TableFacts): boolean {
  return facts.phase === 'streaming' || (facts.onLane && facts.applies);
}

function isUnprepared(facts: TableFacts): boolean {
  return facts.phase === 'new' || facts.phase === 'bootstrapping' || facts.epoch === '0';
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
  const rest = { ...memory, queue: settle(memory, command) };
  switch (command.command) {
    case 'forceResync': {
      const { reason, requestId } = command;
      const resync = { reason, requestId };
      return { ...rest, budget: NO_FAILURES, fault: null, held: null, resync, stopped: false };
    }
    case 'retry':
      return {
        ...rest,
        budget: NO_FAILURES,
        fault: null,
        resync: rest.resync ?? rest.held,
        held: null,
        // A person says: try again; what only a resync mends gets its budget anew.
        ownResyncs: [],
        stopped: false,
      };
    case 'resume':
      return { ...rest, budget: NO_FAILURES, stopped: false };
    case 'stop':
      return { ...rest, stopped: true };
    default:
      return rest;
  }
}

/** The clock of a table that is loaded again from the start runs in its poll. */
export function afterPoll(memory: TableMemory, detail: string, epoch: string): TableMemory {
  if (detail !== REFRESH_DUE || memory.resync !== null) return memory;
  return { ...memory, resync: { reason: 'scheduled refresh', requestId: `refresh-${epoch}` } };
}

/** The target is prepared; an epoch may begin. */
export function afterBootstrap(memory: TableMemory): TableMemory {
  return { ...memory, bootstrapped: true };
}

/** The epoch asked for has begun; own resyncs are counted against their budget. */
export function afterEpochBegan(
  memory: TableMemory,
  begun: EpochRequest,
  nowMs: number,
): TableMemory {
  const own = begun.requestId.startsWith('own-') && memory.resync === null;
  return {
    ...memory,
    // A command that came while it began asks for one more epoch.
    resync: memory.resync?.requestId === begun.requestId ? null : memory.resync,
    held: null,
    bootstrapped: false,
    ownResyncs: own ? [...memory.ownResyncs, nowMs].slice(-5) : memory.ownResyncs,
  };
}

/** The target knows the fault: the table waits, and what it was to begin waits with it. */
export function afterQuarantine(memory: TableMemory): TableMemory {
  return {
    ...memory,
    fault: null,
    budget: NO_FAILURES,
    bootstrapped: false,
    held: memory.resync ?? memory.held,
    resync: null,
  };
}

/** Rows that were copied since the last look are progress: failures before them are forgotten. */
export function noteProgress(memory: TableMemory, facts: TableFacts): TableMemory {
  const progress = `${facts.epoch}/${facts.rowsCopied}`;
  if (progress === memory.progress) return memory;
  return { ...memory, progress, budget: memory.progress === '' ? memory.budget : NO_FAILURES };
}

/** Commands that interrupt running work instead of waiting for its end. */
export function interrupts(command: Command): boolean {
  return ['pause', 'forceResync', 'stop'].includes(command.command);
}
