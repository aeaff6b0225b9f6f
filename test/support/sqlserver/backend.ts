/**
 * The seam between the protocol (tds/) and what answers (engine/): a backend logs users in, and a
 * session runs their statements and hands its results to a sink in the order in which they appear.
 */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly appName: string;
  readonly readOnlyIntent: boolean;
}

export interface Backend {
  /** Rejects with a SqlError: 18456 for a wrong name or password, 4060 for an absent database. */
  login(login: Login): Promise<Session>;
}

/** An error as SQL Server sends it. */
export class SqlError extends Error {
  readonly number: number;
  readonly state: number;
  readonly level: number;
  readonly line: number;
  readonly procName: string | undefined;

  constructor(number: number, message: string, more: SqlErrorDetails = {}) {
    super(message);
    this.name = 'SqlError';
    this.number = number;
    this.state = more.state ?? 1;
    this.level = more.level ?? 16;
    this.line = more.line ?? 1;
    this.procName = more.procName;
  }
}

/** Thrown in a session's work to make the connection end there and then, with no answer. */
export class ConnectionCut extends Error {}

export interface SqlErrorDetails {
  readonly state?: number;
  readonly level?: number;
  readonly line?: number;
  readonly procName?: string;
}

export interface RunRequest {
  readonly text: string;
  readonly params: readonly RpcParam[];
  /** Of a call: #temp tables and settings made in it end with it. */
  readonly nested?: boolean;
  /** Aborted when the client sends an attention or goes away. */
  readonly signal: AbortSignal;
}

export interface Session {
  readonly spid: number;
  readonly database: string;
  /**
   * A batch or sp_executesql text with its parameters; results go to the sink in order. Never
   * rejects for SQL errors: they go to sink.error.
   */
  run(request: RunRequest, sink: ResultSink): Promise<void>;
  /** Isolation as TDS numbers it: 1 read uncommitted … 5 snapshot, 0 = unchanged. */
  begin(isolation: number, name: string): Promise<void>;
  commit(): Promise<void>;
  rollback(name: string): Promise<void>;
  save(name: string): Promise<void>;
  inTransaction(): boolean;
  /** `insert bulk …`: answers the number of rows loaded. */
  bulk(
    statement: string,
    rows: AsyncIterable<readonly TdsValue[]>,
    columns: readonly BulkMeta[],
  ): Promise<number>;
  /** What sp_reset_connection does: open work rolled back, settings and #temp tables gone. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface ResultSink {
  columns(meta: readonly ColumnMeta[]): void;
  /** Wait for a returned promise before the next row: it is the client's back-pressure. */
  row(values: readonly TdsValue[]): Promise<void> | void;
  done(rows: number | null): void;
  info(e: SqlError): void;
  error(e: SqlError): void;
  returnValue(name: string, meta: ColumnMeta, value: TdsValue): void;
  database(name: string): void;
  transaction(change: 'begun' | 'committed' | 'rolledBack'): void;
}

export type MsTypeName =
  | 'bit'
  | 'tinyint'
  | 'smallint'
  | 'int'
  | 'bigint'
  | 'decimal'
  | 'money'
  | 'smallmoney'
  | 'float'
  | 'real'
  | 'date'
  | 'time'
  | 'datetime'
  | 'datetime2'
  | 'smalldatetime'
  | 'datetimeoffset'
  | 'uniqueidentifier'
  | 'char'
  | 'varchar'
  | 'nchar'
  | 'nvarchar'
  | 'text'
  | 'ntext'
  | 'binary'
  | 'varbinary'
  | 'image'
  | 'xml'
  | 'sql_variant'
  | 'timestamp'
  | 'hierarchyid'
  | 'geography'
  | 'geometry'
  | 'sysname';

/** SQL Server type of a column or parameter. */
export interface MsType {
  readonly name: MsTypeName;
  /** In bytes; -1 = max. */
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  readonly collation: string | null;
}

export interface ColumnMeta {
  readonly name: string;
  readonly type: MsType;
  readonly nullable: boolean;
  readonly identity?: boolean;
  readonly readOnly?: boolean;
}

/** A column of a bulk load as the client describes it in front of the rows. */
export type BulkMeta = Pick<ColumnMeta, 'name' | 'type' | 'nullable'>;

export interface RpcParam {
  /** With its `@`; empty where the client names none. */
  readonly name: string;
  readonly type: MsType;
  readonly value: TdsValue;
  readonly output: boolean;
}

export interface VariantValue {
  readonly type: MsType;
  readonly value: TdsValue;
}

/**
 * Values on the seam: null; text for every type as the product's neutral text (decimal digits, ISO
 * dates with 7 digits, offset with +hh:mm); Buffer for binary kinds; boolean for bit; number for
 * int kinds up to 32 bits and floats; bigint text; sql_variant as a VariantValue.
 */
export type TdsValue = null | string | number | boolean | Buffer | VariantValue;
