/**
 * What workflows and activities say to each other. Names, ids, counts and positions only (law 1):
 * rows, keys and secrets never enter Temporal.
 */

export interface PipelineRef {
  readonly pipeline: string;
}

export interface LaneRef {
  readonly pipeline: string;
  readonly target: string;
  readonly n: number;
}

export interface TableRef {
  readonly pipeline: string;
  readonly target: string;
  readonly slug: string;
}

export interface EpochRef extends TableRef {
  readonly epoch: string;
}

/** Durations that come from the configuration with the first activity's answer. */
export interface Tuning {
  readonly heartbeatTimeoutMs: number;
  readonly firstRetryMs: number;
  /** The waits between two tries grow up to this; default: 30 s. */
  readonly longestRetryMs?: number;
  /** Tries of a step before its failure is recorded; default: 5. */
  readonly attempts?: number;
  /** First back-off of a workflow after an activity used up its attempts. */
  readonly backOffMs: number;
  /** History events after which an entity continues as new; default: when the service hints. */
  readonly rollOverAtEvents?: number;
}

export const DEFAULT_TUNING: Tuning = {
  heartbeatTimeoutMs: 30_000,
  firstRetryMs: 1_000,
  backOffMs: 5_000,
};

export const TABLE_PHASES = [
  'new',
  'bootstrapping',
  'fullSync',
  'catchingUp',
  'streaming',
  'paused',
  'quarantined',
  'detached',
  'removed',
] as const;
export type TablePhase = (typeof TABLE_PHASES)[number];

/** A table as its workflow needs it; read from the target, where the truth is. */
export interface TableFacts {
  readonly name: string;
  readonly mode: string;
  readonly phase: TablePhase;
  readonly epoch: string;
  readonly enabled: boolean;
  readonly wanted: 'run' | 'pause' | 'detach';
  readonly onLane: boolean;
  readonly applies: boolean;
  readonly cutoverStep: 'frozen' | 'merged' | null;
  readonly faultCode: string | null;
  readonly attention: string;
  readonly copyLanes: number;
  readonly rowsEstimated: number | null;
  readonly rowsCopied: number;
  /** Follows by a loop of its own (watermark); a lane or a schedule serves the others. */
  readonly polls: boolean;
  /** Search attributes are registered, so that workflows may set them. */
  readonly attributes: boolean;
}

/** What a pipeline looks like after its configuration and catalogue were read. */
export interface PipelineFacts {
  readonly revision: string;
  readonly enabled: boolean;
  readonly targets: readonly TargetFacts[];
  /** Targets that the configuration lacks although nobody confirmed it: their lanes are let be. */
  readonly lost?: readonly string[];
  readonly attributes: boolean;
  readonly tuning: Tuning;
}

export interface TargetFacts {
  readonly target: string;
  /** Numbers of the lanes that some table needs. */
  readonly lanes: readonly number[];
  readonly tables: number;
  readonly enabled: boolean;
  /** It could not be looked after, and why; that is tried again. */
  readonly away: string | null;
}

/** The lanes of a target. Facts from before lanes had numbers of their own say how many there are. */
export function laneNumbers({ lanes }: { readonly lanes: readonly number[] | number }): number[] {
  return typeof lanes === 'number' ? Array.from({ length: lanes }, (_, n) => n) : [...lanes];
}

export interface TablePage {
  readonly slugs: readonly string[];
  readonly next: string | null;
}

/** What a poll returns when the table is to be loaded again from the start. */
export const REFRESH_DUE = 'refresh due';

/** Commands that a person, a schedule or a script may give. */
export const COMMANDS = [
  'pause',
  'resume',
  'forceResync',
  'retry',
  'verify',
  'applyConfig',
  'stop',
] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Command {
  readonly command: CommandName;
  /** The same id is carried out once. */
  readonly requestId: string;
  readonly by: string;
  readonly reason: string;
  /** Pipeline only: glob over source tables; default all. */
  readonly tables: string;
  /** Pipeline only: one target; null means every target. */
  readonly target: string | null;
}

export interface AddressedCommand {
  readonly command: Command;
  readonly target: string;
  readonly slugs: readonly string[];
  /** More tables than a page holds: the workflow asks for them by this pattern, page by page. */
  readonly all?: { readonly pattern: string; readonly tables: number };
}

/** Why the watch of a pipeline came back. */
export interface WatchResult {
  /** The configuration or the catalogue changed: reconcile. */
  readonly reconcile: boolean;
  readonly why: string | null;
  /** Tables whose state was changed by somebody else (lane, SQL): wake their workflows. */
  readonly attention: readonly { readonly target: string; readonly slugs: readonly string[] }[];
  readonly commands: readonly AddressedCommand[];
  /** What it cannot look after just now, in words. Absent: as before. */
  readonly trouble?: readonly string[];
}

/** What a watch is told. */
export interface WatchRequest extends PipelineRef {
  readonly revision: string;
  /** Targets that could not be looked after: to be tried again. */
  readonly away?: readonly string[];
  /** As the one before it said. */
  readonly trouble?: readonly string[];
  /** Only for so long, and only for what others asked for: a reconcile waits for its next try. */
  readonly forMs?: number;
  /** Its workflow follows the catalogue beside it; absent: of a former version, which must learn it. */
  readonly apart?: boolean;
  /** False: search attributes were not registered when it reconciled. */
  readonly attributes?: boolean;
}

/** What a target takes over from the source: each of these may last for hours. */
export type FollowSubject = 'catalogue' | 'schema';

export interface FollowRequest extends PipelineRef {
  readonly target: string;
  readonly what: FollowSubject;
  /** As the one before it said. */
  readonly trouble?: readonly string[];
}

export interface FollowResult {
  /** What it cannot look after just now, in words. */
  readonly trouble: readonly string[];
}

/** One of the lanes that a copy was begun with, from 0. */
export interface CopyLane {
  readonly lane: number;
  /** Not told by a workflow of a former version. */
  readonly lanes?: number;
}

export interface CopyResult {
  readonly done: boolean;
  readonly paused: boolean;
  readonly rows: number;
}

export interface LaneRound extends LaneRef {
  /** The round before failed: this one comes back as soon as the lane works again. */
  readonly afterFailure?: boolean;
}

export interface ApplyResult {
  /**
   * border: asked to return (limit, drain, cancel), or it works again; gap: the checkpoint does not
   * fit the feed.
   */
  readonly reason: 'border' | 'gap' | 'fenced' | 'stopped';
  readonly detail: string | null;
  readonly transactions: number;
  readonly changes: number;
}

export interface CutOverResult {
  readonly done: boolean;
  readonly detail: string;
}

export interface VerifyRequest extends TableRef {
  readonly scope: 'recent' | 'full';
  readonly repair: boolean;
}

export interface VerifyResult {
  readonly slug: string;
  /**
   * unsettled: rows are left on which there is no verdict, so nobody may call the sides equal.
   * skipped: the table cannot be compared now.
   */
  readonly result: 'passed' | 'failed' | 'unsettled' | 'skipped';
  /** Why it was skipped, when that passes or somebody can end it. */
  readonly why?: string;
  /** Why it is never compared, as its settings are. */
  readonly incomparable?: string;
  readonly sourceRows: number;
  readonly targetRows: number;
  readonly differences: number;
  readonly repaired: number;
}

/** Activities by the queue that serves them; the worker's registry must satisfy this. */
export interface MatchRequest extends PipelineRef {
  readonly target: string;
  /** Of the source's name or the target's. */
  readonly pattern: string;
  readonly after: string;
  /** Leave out what a person has paused or switched off. */
  readonly awake?: boolean;
}

export interface ControlActivities {
  /** Read the configuration, agree on a revision, make what is missing on both sides. */
  reconcilePipeline(ref: PipelineRef): Promise<PipelineFacts>;
  /** Tables of a page whose workflow does not run. */
  missingTables(ref: PipelineRef & { target: string; after: string }): Promise<TablePage>;
  matchTables(ref: MatchRequest): Promise<TablePage>;
  readTable(ref: TableRef): Promise<TableFacts | null>;
  /** Make the table's wanted state and flags what `command` asks; returns the facts after it. */
  controlTable(ref: TableRef & { command: Command }): Promise<TableFacts>;
  /** Stop applying to a table that is to rest; its changes are parked from the next border on. */
  pauseTable(ref: TableRef): Promise<void>;
  quarantineTable(ref: TableRef & { code: string; message: string }): Promise<void>;
  detachTable(ref: TableRef): Promise<void>;
  /** Answer a command that came by SQL; ids that are not SQL's are ignored. */
  answerCommand(
    ref: PipelineRef & { target: string; requestId: string; answer: string },
  ): Promise<void>;
  recordRejected(ref: PipelineRef & { message: string }): Promise<void>;
}

export interface WatchActivities {
  watchPipeline(ref: WatchRequest): Promise<WatchResult>;
}

export interface FollowActivities {
  /** Until it is told to end, for hours, or when other things than before are in trouble. */
  followTarget(ref: FollowRequest): Promise<FollowResult>;
}

export interface CopyActivities {
  bootstrapTable(ref: TableRef): Promise<void>;
  /** The next epoch begins: parking is asked for, ledger emptied. Idempotent per `requestId`. */
  beginEpoch(ref: TableRef & { reason: string; requestId: string }): Promise<{ epoch: string }>;
  /** Until the lane parks the table and every older source transaction has ended. */
  awaitHandOver(ref: EpochRef): Promise<{ ready: boolean; waitingFor: string | null }>;
  prepareStage(ref: EpochRef): Promise<{ chunks: number }>;
  copyChunks(ref: EpochRef & CopyLane): Promise<CopyResult>;
  finishStage(ref: EpochRef): Promise<void>;
  cutOver(ref: EpochRef): Promise<CutOverResult>;
  afterCutOver(ref: EpochRef): Promise<void>;
  /** Drain what was parked into the live table and hand it back to its lane. */
  resumeTable(ref: TableRef): Promise<CutOverResult>;
}

export interface StreamActivities {
  /** A table that follows by its own loop (watermark, full by interval). */
  pollTable(ref: TableRef): Promise<{ rows: number; detail: string }>;
  applyChanges(ref: LaneRound): Promise<ApplyResult>;
  /** Mark every table of a lane whose checkpoint does not fit the feed. */
  handleGap(ref: LaneRef & { reason: string }): Promise<{ tables: number }>;
}

export interface VerifyActivities {
  verifyTable(request: VerifyRequest): Promise<VerifyResult>;
  /** Verify all tables of a target in turns until the next border; results go to `sluice`. */
  verifyContinuously(
    ref: PipelineRef & { target: string },
  ): Promise<{ passed: number; failed: number; unsettled: number; errors: number }>;
}
