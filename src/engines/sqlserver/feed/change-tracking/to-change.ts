import type { Cell, Change } from '../../../../core/change.js';
import { bytesOfCells } from '../cell-bytes.js';
import type { TrackedColumns } from './tracked-tables.js';

const ROW_OVERHEAD = 8;

/**
 * The change that a row of CHANGETABLE stands for: operation, the row as it is now, its key. Null
 * for a row that was deleted since its change was read; the next look brings that.
 */
export function toChange(tracked: TrackedColumns, row: readonly unknown[]): Change | null {
  const { shape, columns, formats, key } = tracked;
  const [operation, ...values] = row;
  const keys = values.slice(columns.length);
  if (operation === 'D') {
    const oldKey = columns.map((column, index): Cell => {
      const place = key.indexOf(index);
      return place < 0 ? null : column.cell(keys[place]);
    });
    const bytes = ROW_OVERHEAD + bytesOfCells(oldKey);
    return { shape, op: 'd', oldKey, row: null, formats: null, oldKeyFormats: formats, bytes };
  }
  const cells = columns.map((column, index) => column.cell(values[index]));
  // No column of a primary key is NULL in a row that is there.
  if (key.some((index) => cells[index] === null)) return null;
  const bytes = ROW_OVERHEAD + bytesOfCells(cells);
  const op = operation === 'I' ? 'i' : 'u';
  return { shape, op, oldKey: null, row: cells, formats, oldKeyFormats: null, bytes };
}
