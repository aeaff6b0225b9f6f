import type { Shape } from '../../../core/change.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import { assertForms, assertWholeKey, missingColumn, sentBy } from '../../contract/plan-errors.js';
import type { Staging } from '../types/staging.js';
import { stagingOf } from '../types/staging.js';
import type { TargetColumn, TargetTable } from './target-table.js';
import { neutralIn } from './target-table.js';

/** One column of a shape on the target. */
export interface PlanColumn {
  /** Its place in the shape's rows. */
  readonly index: number;
  readonly target: TargetColumn;
  readonly staging: Staging;
}

/** How changes of one shape are written to one target table. */
export interface TablePlan {
  readonly table: TargetTable;
  readonly shape: Shape;
  /** The columns that are written, in the shape's order; those the target computes are not here. */
  readonly columns: readonly PlanColumn[];
  /** The columns that find a row. */
  readonly key: readonly PlanColumn[];
  /** Several rows may be equal in the key: changes go one by one, each to one row. */
  readonly keyless: boolean;
  /** The source tells texts apart by each byte, so one that is only equal here is another row. */
  readonly exact: boolean;
  /** A row may be deleted and inserted again without losing anything. */
  readonly reinsertable: boolean;
}

/** @throws SluiceError SCHEMA_MISMATCH naming the column that the target does not have; KEY_MISSING */
export function planTable(shape: Shape, table: TargetTable): TablePlan {
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const columns: PlanColumn[] = [];
  shape.columns.forEach((column, index) => {
    const target = byName.get(column.name);
    if (target === undefined) throw missingColumn(table.name, column.name);
    if (!target.generated) columns.push({ index, target, staging: stagingOf(target) });
  });
  assertForms(table.name, sentBy(shape), neutralIn(table));
  const written = table.columns.filter((column) => !column.generated).length;
  const { key, keyless } = chooseKey(shape, table, columns);
  const reinsertable = !keyless && !table.referenced && columns.length === written;
  const exact = shape.wire === NEUTRAL_WIRE;
  return { table, shape, columns, key, keyless, exact, reinsertable };
}

function chooseKey(shape: Shape, table: TargetTable, columns: readonly PlanColumn[]) {
  const marked = columns.filter((column) => shape.columns[column.index]?.key === true);
  const names = new Set(marked.map((column) => column.target.name));
  const unique = table.keys.find((key) => key.every((name) => names.has(name)));
  // Every column marked: the source sends whole old rows; one unique index of them is enough.
  if (marked.length === columns.length) {
    if (unique === undefined) return { key: marked, keyless: true };
    return { key: marked.filter(({ target }) => unique.includes(target.name)), keyless: false };
  }
  if (marked.length === 0) {
    throw new SluiceError('KEY_MISSING', `${displayName(table.name)} has no key to find rows by.`, {
      remedy: 'Give the source table a primary key, then resync it.',
    });
  }
  assertWholeKey(shape, names, table.name);
  return { key: marked, keyless: false };
}
