import type { Cell, Change } from '../../../../core/change.js';
import { UNCHANGED } from '../../../../core/change.js';
import { SluiceError } from '../../../../core/errors.js';
import { displayName } from '../../../../core/names.js';
import { bytesOfCells } from '../cell-bytes.js';
import type { Captured } from './captured.js';
import type { RowPlace } from './row-place.js';
import { isInMask } from './update-mask.js';

/** A row of a change table. */
export interface CapturedRow extends RowPlace {
  readonly mask: Buffer | null;
  /** One for each column that travels, as the driver gives them. */
  readonly values: readonly unknown[];
}

/** A change with the place of its last row. */
export interface PlacedChange {
  readonly place: RowPlace;
  readonly change: Change;
}

/** Of `__$operation` (test/conformance/sqlserver/change-data-capture: "say what was done"). */
const DELETE = 1;
const INSERT = 2;
const BEFORE = 3;
const AFTER = 4;
const ROW_OVERHEAD = 8;

/**
 * Changes of one instance out of its rows in order. The row before an update comes immediately
 * before the one after it, with the same place but for the operation.
 *
 * @throws SluiceError FEED_CHANGED where one of the two is missing
 */
export async function* toChanges(
  captured: Captured,
  rows: AsyncIterable<CapturedRow>,
): AsyncGenerator<PlacedChange, void, undefined> {
  let before: CapturedRow | null = null;
  for await (const row of rows) {
    if (before !== null && !continues(before, row)) throw unpaired(captured);
    if (row.operation === BEFORE) {
      before = row;
      continue;
    }
    if (row.operation === AFTER && before === null) throw unpaired(captured);
    yield { place: row, change: toChange(captured, row, before) };
    before = null;
  }
  if (before !== null) throw unpaired(captured);
}

function continues(before: CapturedRow, row: CapturedRow): boolean {
  return row.operation === AFTER && row.lsn === before.lsn && row.sequence === before.sequence;
}

function toChange(captured: Captured, row: CapturedRow, before: CapturedRow | null): Change {
  const { shape } = captured;
  if (row.operation === DELETE) {
    const oldKey = keyCells(captured, row);
    return { ...of(captured, oldKey, null), shape, op: 'd' };
  }
  if (row.operation === INSERT) {
    return { ...of(captured, null, cells(captured, row)), shape, op: 'i' };
  }
  const old = before === null ? null : keyCells(captured, before);
  const now = cells(captured, row);
  const moved = old !== null && captured.columns.some((c, i) => c.key && !same(old[i], now[i]));
  return { ...of(captured, moved ? old : null, now), shape, op: 'u' };
}

function of(
  captured: Captured,
  oldKey: readonly Cell[] | null,
  row: readonly Cell[] | null,
): Omit<Change, 'shape' | 'op'> {
  const { formats } = captured;
  return {
    oldKey,
    row,
    formats: row === null ? null : formats,
    oldKeyFormats: oldKey === null ? null : formats,
    bytes: ROW_OVERHEAD + bytesOfCells(row) + bytesOfCells(oldKey),
  };
}

/**
 * A large value that the update did not touch is NULL and not in the mask. Inserts are whole
 * (test/conformance/sqlserver/change-data-capture: "are whole in inserts").
 */
function cells({ columns }: Captured, row: CapturedRow): Cell[] {
  const { mask, operation } = row;
  return columns.map((column, index) => {
    const cell = column.wire.cell(row.values[index]);
    const untouched = operation === AFTER && mask !== null && !isInMask(mask, column.ordinal);
    return cell === null && column.large && untouched ? UNCHANGED : cell;
  });
}

function keyCells({ columns }: Captured, row: CapturedRow): Cell[] {
  return columns.map((column, index) => (column.key ? column.wire.cell(row.values[index]) : null));
}

function same(a: Cell | undefined, b: Cell | undefined): boolean {
  return Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : a === b;
}

function unpaired({ instance }: Captured): SluiceError {
  const table = displayName(instance.table);
  return new SluiceError('FEED_CHANGED', `An update of ${table} came with only one of its rows.`, {
    remedy: `Look at the change table of ${instance.name}; it is read again from the checkpoint.`,
  });
}
