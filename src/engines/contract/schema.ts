import type { FeedKind } from '../../core/feed-kind.js';
import type { TableName } from '../../core/names.js';
import type { NeutralTable } from '../../core/neutral-table.js';

/** One thing that `check` or `plan` has to say about a server or a table. */
export interface Finding {
  readonly severity: 'ok' | 'info' | 'warning' | 'error';
  /** Stable name, e.g. `feed.disabled`, `table.no-key`; scripts may rely on it. */
  readonly code: string;
  /** The thing: a table, a setting, a permission. */
  readonly subject: string;
  /** A sentence that says what is so. */
  readonly message: string;
  /** A sentence (or the statement to run) that mends it. */
  readonly remedy?: string;
  /**
   * What Sluice would make to mend it, where the configuration allows that: `the publication x`.
   * Default: nothing that Sluice could make.
   */
  readonly makes?: string;
  /** The one feed that it is about: no matter to tables that follow in another way. Default: cdc. */
  readonly feed?: FeedKind;
}

export interface ColumnModel {
  readonly name: string;
  /** The engine's own full type text, e.g. numeric(10,2). */
  readonly type: string;
  readonly nullable: boolean;
  readonly generated: boolean;
  /** False where the raw wire format carries numbers that mean nothing on another server. */
  readonly rawSafe: boolean;
  /** The server itself gives each row its value, so the two sides need not be equal. Default: no. */
  readonly ownValue?: boolean;
}

/** What the shared code needs to know of a table; the engine's own full model travels in `native`. */
export interface TableModel {
  readonly name: TableName;
  readonly columns: readonly ColumnModel[];
  /** Columns by which the feed identifies a row; null: the table cannot be followed row by row. */
  readonly key: readonly string[] | null;
  readonly rowsEstimated: number;
  readonly bytesEstimated: number;
  /** Changes when the table is re-created, rewritten or altered; compared, never parsed. */
  readonly fingerprint: string;
  /** Why it cannot follow, or what will be different; errors stop the table. */
  readonly findings: readonly Finding[];
  /** Feeds that carry its changes, or would once switched on as the configuration allows; best first. */
  readonly feeds: readonly FeedKind[];
  /** For a target of another engine. */
  readonly neutral: NeutralTable;
  readonly native: unknown;
}

export interface DatabaseIdentity {
  /** Same server and database give the same text, whatever name it was reached by. */
  readonly database: string;
  /** Changes when the server was restored, promoted or replaced: what a checkpoint is bound to. */
  readonly lineage: string;
  /** For people: product, version, database. */
  readonly description: string;
}

export interface ObjectChange {
  readonly kind: string;
  readonly object: string;
  readonly action: 'created' | 'replaced' | 'dropped' | 'altered' | 'left';
  readonly message: string;
}

/** Makes the target look like the source. Every method may be called again with the same request. */
export interface SchemaTarget {
  /** Schemas, types, sequences and extensions that the table needs; not the table itself. */
  prepareTable(model: TableModel, target: TableName, owner: Owner): Promise<ObjectChange[]>;
  /**
   * What of the table this target cannot keep although every row goes in: by its column, or by where
   * its rows are to lie. What it cannot hold at all is refused. Default: nothing.
   */
  losses?(model: TableModel): Promise<readonly Finding[]>;
  /**
   * Compare an existing target table with the source. Heals what is harmless (an added column)
   * when `heal`; throws SCHEMA_MISMATCH naming the exact column otherwise.
   */
  compareTable(
    model: TableModel,
    target: TableName,
    options: CompareOptions,
  ): Promise<{ exists: boolean; rows: 'none' | 'some'; ours: boolean; changes: ObjectChange[] }>;
  /**
   * Indexes and checks that came on the source since the target table was made, built beside those
   * who use it. Only for a table that Sluice made and from the same engine; failures of single ones
   * are changes with the action `left`. Default: they do not follow.
   */
  finishTable?(model: TableModel, target: TableName, owner: Owner): Promise<ObjectChange[]>;
  /**
   * Foreign keys, views, functions and procedures whose tables are all there, in dependency order.
   * What Sluice did not make is reported and left alone.
   */
  finishSchema(
    source: unknown,
    tables: readonly TableMapping[],
    owner: Owner,
    wanted?: { views: boolean; functions: boolean; foreignKeys: boolean },
  ): Promise<ObjectChange[]>;
  /** Set sequences and identities of the tables past the source's. */
  alignSequences(source: unknown, tables: readonly TableMapping[]): Promise<void>;
}

export interface CompareOptions {
  readonly heal: boolean;
  readonly owner: Owner;
  /** Columns of the source that have another name now, and those that are gone: healed too. */
  readonly renamed?: readonly { readonly from: string; readonly to: string }[];
  readonly dropped?: readonly string[];
  /** A whole copy follows: columns whose values no default gives again are added and wait for it. */
  readonly filled?: boolean;
}

export interface Owner {
  readonly pipeline: string;
  readonly target: string;
}

export interface TableMapping {
  readonly source: TableName;
  readonly target: TableName;
  /** Columns that travel as text. Default: none. */
  readonly asText?: readonly string[];
}
