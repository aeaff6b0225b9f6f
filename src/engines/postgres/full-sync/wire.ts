import type { TableModel } from '../../contract/schema.js';

/** COPY's two formats. Binary carries object numbers of the source where a column is not rawSafe. */
export const BINARY_WIRE = 'pg-copy-binary';
export const TEXT_WIRE = 'pg-copy-text';

/** What this engine can send and take for the table, best first. */
export function copyWires(model: TableModel): readonly string[] {
  const safe = copiedColumns(model).every((column) => column.rawSafe);
  return safe ? [BINARY_WIRE, TEXT_WIRE] : [TEXT_WIRE];
}

/** Generated columns are computed again on the target. */
export function copiedColumns(model: TableModel): TableModel['columns'] {
  return model.columns.filter((column) => !column.generated);
}

export function copyFormat(wire: string): 'binary' | 'text' {
  return wire === BINARY_WIRE ? 'binary' : 'text';
}
