import type { MsIndex, MsTable } from './model.js';

/** Key columns of an index, in the order of the key. */
export function keyColumns(index: MsIndex): readonly string[] {
  return index.columns.filter(({ keyPlace }) => keyPlace > 0).map(({ name }) => name);
}

export function primaryKey(table: MsTable): MsIndex | undefined {
  return table.indexes.find(({ primary, disabled }) => primary && !disabled);
}

/** Computed columns of an index's key: neither a copy nor a feed carries their values. */
export function computedKeys(table: MsTable, index: MsIndex): readonly string[] {
  return keyColumns(index).filter((name) => (table.column(name)?.computed ?? null) !== null);
}

/**
 * By which a row is found again: the primary key, else the first unique index over columns that
 * are never NULL. A filtered index knows only some of the rows; without the computed columns of an
 * index, rows that it tells apart are one.
 */
export function keyIndex(table: MsTable): MsIndex | undefined {
  const primary = primaryKey(table);
  if (primary !== undefined && computedKeys(table, primary).length === 0) return primary;
  return table.indexes.find((index) => {
    const usable = index.unique && !index.disabled && !index.filtered;
    const isWhole = computedKeys(table, index).length === 0;
    const names = keyColumns(index);
    return usable && isWhole && names.every((name) => table.column(name)?.nullable === false);
  });
}

/** The primary key, where rows are found by it; Change Tracking knows no other one. */
export function isTrackable(table: MsTable): boolean {
  return keyIndex(table)?.primary === true;
}

export function tableKey(table: MsTable): readonly string[] | null {
  const index = keyIndex(table);
  return index === undefined ? null : keyColumns(index);
}
