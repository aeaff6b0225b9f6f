/** Both ends of a history, as its driver sees them: what differs from engine to engine. */
import type { TableName } from '../../../src/core/names.js';

/** A table of the histories. Its rows are numbered, so that writers meet at few of them again and again. */
export interface Kind {
  readonly table: string;
  readonly ddl: string;
  readonly keyColumns: readonly string[];
  /** SQL of the key with a number (SQL too), an expression for each column; `form`: written otherwise. */
  readonly key: (n: string, form: number) => readonly string[];
  /** Another column that a new row needs, beside those that every table has. */
  readonly more?: { readonly column: string; readonly value: (n: string) => string };
  /** A unique column beside the key; `oneStatement`: two of its values may be exchanged by one. */
  readonly unique?: { readonly column: string; readonly oneStatement: boolean };
  /** Two rows may have one key until their transaction ends. */
  readonly deferrable?: true;
  /** Settings of the table where it declares no key that the log carries. */
  readonly settings?: Record<string, unknown>;
}

/** Tables that belong together. */
export type Zoo = readonly (readonly Kind[])[];

/** Numbers of rows that writers choose from, and those that are there from the beginning. */
export const KEYS = 24;
export const FIRST_ROWS = 16;

/** The statements of an engine that are not the same text everywhere. */
export interface Dialect {
  readonly begin: string;
  /** How a transaction leaves its session, and how it ends then; null: it cannot. */
  readonly prepared: { begin(name: string): string; end(how: string, name: string): string } | null;
  readonly savepoint: (name: string) => string;
  readonly rollbackTo: (name: string) => string;
  /** Null: there is nothing to let go. */
  readonly release: (name: string) => string | null;
  /** A value that is stored apart; both are SQL. */
  big(n: string, v: string): string;
  /** One row for each number; `row` gives the values for the number that `g` is. */
  insertMany(into: string, row: (g: string) => string, from: number, to: number): string;
  /** How many rows a large transaction has at most. */
  readonly large: number;
  /** The row, or new values for the one that is there. */
  upsert(kind: Kind, insert: string, where: string, v: string): readonly string[];
  /** The same values under another key, as applications move rows; the value stored apart too. */
  reinsert(kind: Kind, where: string, columns: string, values: string): readonly string[];
  truncate(table: string): string;
  readonly textColumn: string;
  /** The table goes to another schema; a former one goes for good. */
  putAway(table: string): readonly string[];
  renameColumn(table: string, from: string, to: string): string;
}

export type Row = Readonly<Record<string, string | null>>;

/** What goes wrong in a session of Sluice: it ends, or the answer to its commit gets lost. */
export type Blow = 'session' | 'commit' | 'bulk' | 'deadlock';

export interface End {
  readonly engine: 'postgres' | 'sqlserver';
  readonly url: string;
  /** Of the database: nothing else on the server has it. */
  readonly name: string;
  /** What its tables are in. */
  readonly schema: string;
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** All rows, each value as text; equal values of two engines have the same. */
  rows(table: TableName): Promise<readonly Row[]>;
  /** The n-th of those that it may hit, or one of the next. */
  strike(blow: Blow, nth: number): Promise<void>;
  close(): Promise<void>;
}

/** A session that writes to the source. */
export interface WriterSession {
  run(statement: string): Promise<void>;
}

export interface SourceEnd extends End {
  readonly dialect: Dialect;
  readonly keys: Readonly<Record<string, unknown>>;
  create(kinds: readonly Kind[], first: (kind: Kind) => string): Promise<void>;
  /** A session that `close` ends; it does not wait for what another one holds. */
  connect(): Promise<WriterSession>;
  /** Its feed is that late from now on; null: it stands still. */
  delay(ms: number | null): Promise<void>;
  /** Its feed has all that was written. */
  caughtUp(): Promise<void>;
}
