/**
 * The `sluice` schema in a target as typed stores. The SQL lives in each engine's folder; every
 * method is one statement or one short transaction. Ids are bigint and travel as text.
 */
import type { TableName } from '../core/names.js';
import type { ResetMarks } from '../engines/contract/reset-trigger.js';
import type { HistoryStore } from './history.js';

export interface LaneRow {
  readonly laneId: string;
  readonly pipeline: string;
  readonly target: string;
  readonly n: number;
  readonly fence: string;
  readonly membership: string;
  readonly position: string | null;
  readonly lineage: string | null;
  readonly sourceTime: Date | null;
  readonly state: string;
  readonly reason: string | null;
  readonly updatedAt: Date;
}

/** Why a table was set aside, as it was read. */
export interface Held {
  readonly faultCode: string;
  readonly epoch: string;
}

export type Wanted = 'run' | 'pause' | 'detach';

export interface TableRow {
  readonly tableId: string;
  readonly pipeline: string;
  readonly target: string;
  readonly slug: string;
  readonly source: TableName;
  readonly targetTable: TableName;
  readonly laneId: string | null;
  readonly mode: string;
  readonly load: string;
  readonly revision: string;
  readonly enabled: boolean;
  readonly wanted: Wanted;
  readonly wantedBy: string | null;
  readonly wantedReason: string | null;
  /** The source offers it, and no pattern of the configuration names it. */
  readonly discovered: boolean;
  readonly phase: string;
  /** Where a quarantined table stood, so that a retry goes on from there. */
  readonly phaseBefore: string | null;
  readonly phaseSince: Date;
  readonly epoch: string;
  readonly cutoverStep: 'frozen' | 'merged' | null;
  readonly applies: boolean;
  readonly parks: boolean;
  readonly parksFrom: string | null;
  readonly fence: string;
  readonly position: string | null;
  readonly stagePosition: string | null;
  readonly watermark: string | null;
  readonly sourceFingerprint: string | null;
  /** Its place in the source's feed when its epoch began; another one means that changes were lost. */
  readonly feedMark: string | null;
  readonly rowsEstimated: number | null;
  readonly rowsCopied: number;
  readonly attention: string;
  readonly faultCode: string | null;
  readonly faultMessage: string | null;
  readonly verifiedAt: Date | null;
  readonly verifiedResult: string | null;
  readonly parkedRows: number;
  readonly parkedBytes: number;
  readonly parkedSince: Date | null;
}

export interface TableSpec {
  readonly slug: string;
  readonly source: TableName;
  readonly targetTable: TableName;
  readonly mode: string;
  readonly load: string;
  readonly enabled: boolean;
  readonly laneId: string | null;
  /**
   * No pattern of the configuration names it, the source offers it: it waits until somebody asks for
   * it. Absent: named.
   */
  readonly discovered?: 'waiting' | 'asked';
}

export interface PipelineStore {
  /** The newest agreed revision, or null before the first. */
  current(pipeline: string, target: string): Promise<PipelineRevision | null>;
  /** Store the next revision; a worker that holds an older one than the newest loses (false). */
  save(revision: PipelineRevision, expected: string | null): Promise<boolean>;
}

export interface PipelineRevision {
  readonly pipeline: string;
  readonly target: string;
  readonly revision: string;
  readonly configHash: string;
  readonly body: unknown;
  readonly sourceIdentity: string;
  readonly createdBy: string;
}

export interface LaneStore {
  ensure(pipeline: string, target: string, n: number): Promise<LaneRow>;
  get(laneId: string): Promise<LaneRow | null>;
  list(pipeline: string): Promise<readonly LaneRow[]>;
  /** Set the first position; one that is there stays. */
  begin(laneId: string, position: string, lineage: string): Promise<void>;
  /** Set a position whatever was there (after a resync of everything); raises the fence. */
  setPosition(laneId: string, position: string, lineage: string): Promise<void>;
  setState(laneId: string, state: string, reason: string | null): Promise<void>;
  /** The source's log goes on under another name; only the owner of the fence may say so. */
  setLineage(laneId: string, fence: string, lineage: string): Promise<void>;
}

/** Changes of who applies and parks go through the lane's row lock and raise its membership. */
export interface TableFlags {
  readonly applies: boolean;
  readonly parks: boolean;
}

/** A table of the target database and who has it. */
export interface Place {
  readonly pipeline: string;
  readonly table: TableName;
}

export interface TableStore {
  /** Insert or update from the configuration; never touches phase, epoch or flags. */
  upsert(
    pipeline: string,
    target: string,
    specs: readonly TableSpec[],
    revision: string,
  ): Promise<void>;
  get(tableId: string): Promise<TableRow | null>;
  find(pipeline: string, target: string, slug: string): Promise<TableRow | null>;
  /** Pages of at most 200 rows after the slug `after`, in slug order. */
  page(
    pipeline: string,
    target: string,
    after: string,
    limit: number,
  ): Promise<readonly TableRow[]>;
  list(pipeline: string): Promise<readonly TableRow[]>;
  /** Tables of this database that another pipeline or target has, and which pipeline it is. */
  placesOfOthers(pipeline: string, target: string): Promise<readonly Place[]>;
  /** Raise the fence: whoever held the former one can write no more. Returns the new fence. */
  claim(tableId: string): Promise<string>;
  /** Phase, with its reason in the event log; entering quarantined keeps the former phase. */
  setPhase(tableId: string, phase: string, why: string): Promise<void>;
  setFault(tableId: string, fault: { code: string; message: string } | null): Promise<void>;
  /**
   * A quarantined table goes on in `phase`, without its fault and with its workflow told. Only while
   * it still has that very fault and epoch: false, and nothing changed, when a newer one came first.
   */
  release(tableId: string, held: Held, phase: string, why: string): Promise<boolean>;
  setWanted(tableId: string, wanted: Wanted, by: string, reason: string): Promise<void>;
  /** Under the lane's row lock (waits at most lockTimeoutMs): flags, membership + 1. */
  setFlags(tableId: string, flags: TableFlags, lockTimeoutMs: number): Promise<void>;
  /**
   * Begin the next epoch: epoch + 1, fence + 1, ledger emptied, parked rows of it dropped, phase
   * fullSync. A repeated requestId returns the epoch that it began.
   */
  beginEpoch(
    tableId: string,
    facts: { fingerprint: string; rowsEstimated: number; requestId: string },
  ): Promise<{ epoch: string; fence: string }>;
  /** What the source table looks like now, after it was healed. */
  setFingerprint(tableId: string, fingerprint: string): Promise<void>;
  setFeedMark(tableId: string, mark: string | null): Promise<void>;
  /**
   * Under the lane's row lock: neither apply nor park a quarantined table from here on, and forget
   * what was parked. Only a new epoch may follow.
   */
  dropParked(tableId: string, lockTimeoutMs: number): Promise<void>;
  setCutoverStep(tableId: string, step: 'frozen' | 'merged' | null): Promise<void>;
  /** Mark that the table's workflow should look; `attention` grows. */
  raiseAttention(tableIds: readonly string[]): Promise<void>;
  /** Tables whose attention is ahead of what was seen, at most 200. */
  needingAttention(pipeline: string): Promise<readonly TableRow[]>;
  attentionSeen(tableId: string, attention: string): Promise<void>;
  remove(tableId: string): Promise<void>;
}

export interface ChunkRow {
  readonly n: number;
  readonly relation: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly fence: string;
}

export interface ChunkStore {
  /** Write the plan of an epoch; a plan that is there already stays. */
  plan(
    tableId: string,
    epoch: string,
    chunks: readonly { relation: string; from: string | null; to: string | null }[],
  ): Promise<void>;
  /**
   * Claim the next chunk for one of so many hands (numbered from 0): a running one that this hand
   * has (its former attempt died), a pending one, or a running one of a number that no hand has any
   * more. Null when none is left.
   */
  claim(tableId: string, epoch: string, hand: number, hands: number): Promise<ChunkRow | null>;
  progress(
    tableId: string,
    epoch: string,
  ): Promise<{ total: number; done: number; rows: number; bytes: number }>;
  /**
   * Everything that the chunks of the epoch read lies before this position of the feed. Positions
   * that chunks brought themselves stay.
   */
  readUpTo(tableId: string, epoch: string, position: string): Promise<void>;
  /** When the first chunk of an epoch was claimed; null when none was. */
  startedAt(tableId: string, epoch: string): Promise<Date | null>;
}

export interface CommandRow {
  readonly commandId: string;
  readonly command: string;
  readonly pipeline: string | null;
  readonly tableName: string;
  readonly reason: string | null;
  readonly requestedBy: string;
}

export interface Journal {
  event(entry: {
    pipeline: string;
    target?: string;
    tableId?: string;
    level: 'debug' | 'info' | 'warning' | 'error';
    kind: string;
    message: string;
  }): Promise<void>;
  /** One open error per (table, code): a repetition counts up. */
  error(entry: {
    pipeline: string;
    target: string;
    tableId?: string;
    code: string;
    message: string;
    remedy?: string;
  }): Promise<void>;
  resolveErrors(pipeline: string, target: string, tableId: string | null): Promise<void>;
  startRun(entry: {
    kind: string;
    pipeline: string;
    target: string;
    tableId?: string;
    epoch?: string;
    reason: string;
    /** Default: now. */
    startedAt?: Date;
  }): Promise<string>;
  finishRun(
    runId: string,
    result: {
      state: 'done' | 'failed' | 'cancelled';
      rows?: number;
      bytes?: number;
      position?: string;
    },
  ): Promise<void>;
  /**
   * Commands and reset requests written by SQL that nobody has taken yet, and those that were taken
   * more than `unansweredS` seconds ago and not answered: a worker may die with the word, and whoever
   * gets it twice knows it by its id. Takes them.
   */
  takeCommands(pipeline: string, unansweredS: number): Promise<readonly CommandRow[]>;
  answerCommand(commandId: string, answer: string): Promise<void>;
  /** Delete by age and count (spec section 8). Returns rows deleted. */
  prune(keepDays: number, keepRows: number): Promise<number>;
}

export interface VerificationStore {
  start(entry: {
    pipeline: string;
    target: string;
    tableId: string;
    scope: string;
  }): Promise<string>;
  finish(
    verificationId: string,
    result: {
      sourceRows: number;
      targetRows: number;
      differences: readonly { key: string; difference: 'missing' | 'extra' | 'changed' }[];
      repaired: number;
      /** error: it could not be made; the message says why. */
      result: 'passed' | 'failed' | 'unsettled' | 'error';
      message: string;
    },
  ): Promise<void>;
  /** When the last comparison of every row of a table began; null before the first. */
  lastFull(tableId: string): Promise<Date | null>;
}

export interface OwnedStore {
  add(entry: {
    side: 'source' | 'target';
    kind: string;
    object: string;
    pipeline: string;
    target: string;
    definition?: string;
  }): Promise<void>;
  remove(side: 'source' | 'target', kind: string, object: string): Promise<void>;
  list(
    pipeline: string,
    target: string,
  ): Promise<readonly { side: string; kind: string; object: string; definition: string | null }[]>;
}

export interface StateStore {
  /**
   * Bring the schema to this version. Throws STATE_TOO_NEW when a newer breaking version is there,
   * PERMISSION_DENIED with the script's command when DDL is not allowed. Safe to run in parallel.
   */
  migrate(): Promise<{ from: number; to: number }>;
  /** The whole schema as one script for a DBA. */
  script(fromVersion: number): Promise<string>;
  readonly pipelines: PipelineStore;
  readonly lanes: LaneStore;
  readonly tables: TableStore;
  readonly chunks: ChunkStore;
  readonly journal: Journal;
  readonly verification: VerificationStore;
  readonly owned: OwnedStore;
  readonly resetMarks: ResetMarks;
  /** What happened, for reading. */
  readonly history: HistoryStore;
}
