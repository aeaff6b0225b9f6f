/**
 * A database whose tables say, in SQL, what to replicate, and in which the outcome is kept: the
 * tables `source_servers` and `table_mappings` beside the configuration files, and `sync_status`,
 * `sync_logs`, `error_logs` and `verification_logs` for whoever watches with SQL (spec section 8).
 */

/** A row of `source_servers`. */
export interface ControlServer {
  readonly serverId: number;
  readonly name: string;
  /** As its owner wrote it: it may hold a password. Never logged, never in a workflow. */
  readonly connectionString: string;
  readonly enabled: boolean;
}

/** A row of `table_mappings`. */
export interface ControlMapping {
  readonly mappingId: number;
  readonly serverId: number;
  readonly source: { readonly database: string; readonly schema: string; readonly table: string };
  readonly target: { readonly database: string; readonly schema: string; readonly table: string };
  /** One column, or several with commas between them; null: the primary key. */
  readonly keyColumns: string | null;
  readonly resetColumn: string | null;
  readonly enabled: boolean;
  readonly cdc: boolean;
}

export interface ControlContent {
  readonly servers: readonly ControlServer[];
  readonly mappings: readonly ControlMapping[];
}

/** What a table does or did: one row of `sync_status`, written again while it changes. */
export interface ControlStatus {
  readonly mappingId: number;
  /** Tells the rows of one mapping apart: a full sync's epoch, or `stream`. */
  readonly key: string;
  readonly syncType: 'CDC' | 'FULL_SYNC';
  readonly status: 'RUNNING' | 'COMPLETED' | 'ERROR';
  readonly recordsProcessed: number;
  readonly recordsFailed: number;
  readonly startedAt: Date;
  readonly completedAt: Date | null;
  readonly errorMessage: string | null;
}

export interface ControlLog {
  /** Of the event in the destination's `sluice.event`. */
  readonly eventId: string;
  readonly mappingId: number | null;
  readonly level: 'INFO' | 'WARNING' | 'ERROR';
  readonly message: string;
  readonly at: Date;
}

export interface ControlError {
  /** Names the error in its destination: an error row, or a difference that verification found. */
  readonly key: string;
  readonly mappingId: number | null;
  readonly errorType: string;
  readonly message: string;
  readonly retryCount: number;
  readonly at: Date;
  readonly resolvedAt: Date | null;
}

export interface ControlVerification {
  /** Of the verification in the destination's `sluice.verification`. */
  readonly verificationId: string;
  readonly mappingId: number;
  readonly status: 'PASSED' | 'FAILED' | 'ERROR';
  readonly recordsChecked: number;
  readonly mismatches: number;
  readonly message: string;
  readonly at: Date;
}

export interface ControlReport {
  readonly statuses: readonly ControlStatus[];
  readonly logs: readonly ControlLog[];
  readonly errors: readonly ControlError[];
  readonly verifications: readonly ControlVerification[];
}

/** A database object: owns its connections; `close` ends them. */
export interface ControlTables {
  /**
   * Create schema, tables and views where they are missing. Idempotent, safe to run in parallel.
   *
   * @throws SluiceError PERMISSION_DENIED naming the script for a DBA
   */
  prepare(): Promise<void>;
  /** What `prepare` does, as one script for review. */
  script(): string;
  read(): Promise<ControlContent>;
  /**
   * Ids up to which the events and verifications of a pipeline's destination were reported, `0`
   * before the first.
   */
  reportedUpTo(
    pipeline: string,
  ): Promise<{ readonly eventId: string; readonly verificationId: string }>;
  /**
   * One transaction. Rows are told apart by (pipeline, their key): a row reported before is written
   * again, so that a repeated report changes nothing.
   */
  report(pipeline: string, report: ControlReport): Promise<void>;
  close(): Promise<void>;
}
