import type { TableName } from '../../core/names.js';
import type { Finding, TableModel } from './schema.js';

/** How a row is found again: texts of its key, or of its place where the table has no key. */
export type RowMark = readonly string[];

/** The reset trigger column: the only user data of a source that Sluice ever writes. */
export interface ResetTriggerSource {
  /** Whether any row carries 1; NULL counts as 0. One cheap query. */
  raised(table: TableName, column: string): Promise<boolean>;
  /** Every row that carries 1 at this moment, in pages of at most `pageRows`. */
  marks(
    model: TableModel,
    column: string,
    pageRows: number,
    onPage: (marks: readonly RowMark[]) => Promise<void>,
  ): Promise<void>;
  /**
   * Set these rows back to 0 where they still carry 1; short transactions. Idempotent. Returns how
   * many rows were written.
   */
  reset(model: TableModel, column: string, marks: readonly RowMark[]): Promise<number>;
  /** Column missing or of a wrong type, no filtered index. */
  findings(model: TableModel, column: string): Promise<readonly Finding[]>;
}

/** The rows that carried the trigger when an epoch began, kept in the target until they are reset. */
export interface ResetMarks {
  /** Forget all marks of the table; those of `epoch` follow by `add`. */
  begin(tableId: string): Promise<void>;
  add(tableId: string, epoch: string, marks: readonly RowMark[]): Promise<void>;
  /** Marks of the epoch that are still to be reset, at most `limit`. */
  page(
    tableId: string,
    epoch: string,
    limit: number,
  ): Promise<readonly { readonly n: string; readonly mark: RowMark }[]>;
  remove(tableId: string, epoch: string, ns: readonly string[]): Promise<void>;
  /** Tables that have marks. */
  tables(): Promise<readonly string[]>;
}
