/** What `status` has found out, before anything is said about it. */
import type { FeedKind } from '../../core/feed-kind.js';
import type { Position } from '../../engines/contract/feed.js';
import type { TableName } from '../../core/names.js';
import type { LaneRow, TableRow } from '../../state/store.js';

/** A sentence and what to do, if anything. */
export interface Why {
  readonly message: string;
  readonly remedy: string | null;
}

/** The present end of each feed that the source can have. */
export type FeedEnds = ReadonlyMap<FeedKind, Position>;

/** Somebody who should answer and does not; the message is a whole sentence with its remedy. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | null;
}

export interface RunningFacts {
  /** Temporal does not answer. */
  readonly trouble: Trouble | null;
  /** The pipeline's supervisor runs; null: not known. */
  readonly pipelineRuns: boolean | null;
  /** Workers that ask for change streams; null: not known. */
  readonly workers: number | null;
  /** What the pipeline's workflow waits for after a failure. */
  readonly fault: string | null;
  /** What it cannot look after just now, while all else goes on. Default: nothing. */
  readonly unattended?: readonly Trouble[];
}

/** How far a lane is, measured against the source's end as it was read just now. */
export interface LaneFacts {
  readonly lane: LaneRow;
  /** Bytes between checkpoint and source end; null: the end is not known. */
  readonly behindBytes: number | null;
  /** Everything that the source had committed until then is on the target; null: never yet. */
  readonly currentUntil: Date | null;
  /** What its workflow waits for after a failure. */
  readonly fault: string | null;
  /** After how long the source cleans a change away, read or not; null: not by the clock. */
  readonly keepsSeconds: number | null;
  /** The source keeps log for it although nobody has run it for long. */
  readonly abandoned: Trouble | null;
}

export interface TargetFactsRead {
  readonly target: string;
  readonly trouble: Trouble | null;
  /** False while the `sluice` schema is not there: never started. */
  readonly started: boolean;
  readonly lanes: readonly LaneFacts[];
  readonly tables: readonly TableRow[];
  /** Those that were not asked about. */
  readonly others: readonly TableName[];
  /** What tables do not do by their settings, by their ids. */
  readonly remarks: ReadonlyMap<string, Why>;
  /** Ids of those that are copied and of which every chunk is loaded: nothing is read any more. */
  readonly loaded: ReadonlySet<string>;
}

export interface SourceFacts {
  readonly trouble: Trouble | null;
  readonly ends: FeedEnds;
  /** Targets that left the configuration and for which the source keeps log. */
  readonly left: readonly Trouble[];
  /** Targets for which the source keeps a feed that Sluice made, as read before the targets. */
  readonly kept: readonly string[];
  /** Care for it lets no copy read just now; null: copies may read, or it is not known. */
  readonly copiesWait: string | null;
}

export interface PipelineStatusFacts {
  readonly pipeline: string;
  readonly enabled: boolean;
  readonly now: Date;
  readonly source: SourceFacts;
  readonly running: RunningFacts;
  readonly targets: readonly TargetFactsRead[];
}
