/**
 * The changes of the apply benchmark: transactions of 800 updates, 100 deletes and 100 inserts, as
 * statements of the source and, one by one, as what arrives at a target.
 */
import { copyRowsSql, rowOf } from './table.js';
import type { ItemRow } from './table.js';

const UPDATES = 800;
const DELETES = 100;
const INSERTS = 100;
export const CHANGES_OF_A_TRANSACTION = UPDATES + DELETES + INSERTS;
/** Rows in the change table: an update has one for before and one for after. */
export const CAPTURED_OF_A_TRANSACTION = 2 * UPDATES + DELETES + INSERTS;
/** What every updated row has in the column n. */
export const MARK = 1_000_000;
/** Milliseconds that an update adds to the column at. */
const LATER_MS = 1_000;

export type RowChange =
  | { readonly op: 'u'; readonly id: number; readonly price: number; readonly at: Date }
  | { readonly op: 'd'; readonly id: number }
  | { readonly op: 'i'; readonly row: ItemRow };

/** So many rows the table has before. */
export function rowsFor(transactions: number): number {
  return transactions * (UPDATES + DELETES);
}

/** The last change of all updates this row. */
export function lastUpdated(transactions: number): number {
  return transactions * UPDATES;
}

interface Borders {
  readonly update: number;
  readonly remove: number;
  readonly insert: number;
}

/** The ids before the first one of each kind. */
function bordersOf(n: number, transactions: number): Borders {
  return {
    update: n * UPDATES,
    remove: transactions * UPDATES + n * DELETES,
    insert: rowsFor(transactions) + n * INSERTS,
  };
}

export function transactionSql(n: number, transactions: number): string {
  const { update, remove, insert } = bordersOf(n, transactions);
  const later = `DATEADD(millisecond, ${String(LATER_MS)}, at)`;
  const copied = `id > ${String(update)} AND id <= ${String(update + INSERTS)}`;
  return `BEGIN TRANSACTION;
${copyRowsSql(copied, insert - update)};
DELETE FROM dbo.items WHERE id > ${String(remove)} AND id <= ${String(remove + DELETES)};
UPDATE dbo.items SET n = ${String(MARK)}, price = price + 1, at = ${later}
 WHERE id > ${String(update)} AND id <= ${String(update + UPDATES)};
COMMIT TRANSACTION;`;
}

export function* changesOf(n: number, transactions: number): Generator<RowChange> {
  const { update, remove, insert } = bordersOf(n, transactions);
  for (let i = 1; i <= INSERTS; i += 1) {
    yield { op: 'i', row: { ...rowOf(update + i), id: insert + i } };
  }
  for (let i = 1; i <= DELETES; i += 1) yield { op: 'd', id: remove + i };
  for (let i = 1; i <= UPDATES; i += 1) {
    const { id, price, at } = rowOf(update + i);
    yield { op: 'u', id, price: price + 1, at: new Date(at.getTime() + LATER_MS) };
  }
}
