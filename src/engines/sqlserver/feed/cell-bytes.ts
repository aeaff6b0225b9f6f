import type { Cell } from '../../../core/change.js';

const CELL_OVERHEAD = 5;

/** About what a row takes, for budgets. */
export function bytesOfCells(cells: readonly Cell[] | null): number {
  let bytes = 0;
  for (const cell of cells ?? []) {
    bytes += CELL_OVERHEAD + (Buffer.isBuffer(cell) ? cell.length : 0);
  }
  return bytes;
}
