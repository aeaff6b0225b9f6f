import type { Param } from './param.js';

export type { Param, ParamType } from './param.js';
export { param } from './param.js';

/** bigint comes as text, binary as Buffer, bit as boolean, int as number, uuid in lower case. */
export type Row = Readonly<Record<string, unknown>>;

/** One parameterised statement (sp_executesql); the rows of its first result set as objects. */
export type Query = <T extends Row = Row>(
  sql: string,
  params?: readonly Param[],
) => Promise<readonly T[]>;

/** Types that a value can have on its way into a staging table without losing anything. */
export type BulkType =
  | 'bit'
  | 'tinyint'
  | 'smallint'
  | 'int'
  | 'bigint'
  | 'real'
  | 'float'
  | 'uniqueidentifier'
  | 'nvarchar'
  | 'varbinary';

export interface BulkColumn {
  /** Letters, digits and _ only: the driver does not quote it. */
  readonly name: string;
  readonly type: BulkType;
  /** nvarchar in characters, varbinary in bytes; `max` beyond 4000 and 8000. */
  readonly length?: number | 'max';
  /** Must say what the table says, or the server refuses the load with 4816. */
  readonly nullable: boolean;
}

export type Isolation = 'read committed' | 'snapshot';

/** ONE server session. Calls must not overlap. Every error is a SluiceError as toMsError makes it. */
export interface MsSession {
  readonly query: Query;
  /**
   * A plain batch without parameters: DDL, SET, #temp tables, which outlive it as they do not
   * outlive a `query` (test/conformance/sqlserver/calls: "ends with its #temp tables and settings").
   */
  batch(sql: string): Promise<void>;
  /** With XACT_ABORT ON; rolled back when `work` throws. */
  transaction<T>(work: (query: Query) => Promise<T>, isolation?: Isolation): Promise<T>;
  /**
   * Rows as arrays, with back-pressure; leaving the loop early cancels the statement. Refuses
   * columns of types that the driver reads with loss: CONVERT those to text in SQL.
   */
  stream(sql: string, params?: readonly Param[]): AsyncIterable<readonly unknown[]>;
  /** The same, several rows at a time: for many rows. */
  streamParts(
    sql: string,
    params?: readonly Param[],
  ): AsyncIterable<readonly (readonly unknown[])[]>;
  /**
   * @param table quoted
   * @param parts some rows at a time, as they are at hand
   * @returns how many rows the server took
   */
  bulkLoad(
    table: string,
    columns: readonly BulkColumn[],
    parts: AsyncIterable<readonly (readonly unknown[])[]>,
  ): Promise<number>;
  inTransaction(): boolean;
  /** False once the connection is lost or closed. */
  isOpen(): boolean;
  /** End the statement that runs now, if one does: it fails, and its transaction with it. */
  cancel(): void;
  /**
   * Back to the state of a fresh session: settings, isolation, #temp tables, open transactions
   * (test/conformance/sqlserver/reset: "leaves no #temp table and no setting").
   */
  reset(): Promise<void>;
  /** Ends at once; what runs fails with CONNECTION_LOST. Idempotent. */
  close(): Promise<void>;
  readonly spid: number;
  /** Names server and database in errors. */
  readonly subject: string;
}

/** A few sessions that are opened when needed and used by one piece of work at a time. */
export interface SessionPool {
  use<T>(work: (session: MsSession) => Promise<T>): Promise<T>;
  /** As `use`, but the caller ends the use by `release`; with true the session is closed. */
  take(): Promise<{ session: MsSession; release: (broken: boolean) => Promise<void> }>;
  /** End what runs now, on the server. */
  interrupt(): Promise<void>;
  /** Waits for nobody: sessions in use are ended under their users. */
  close(): Promise<void>;
}
