import type { MsIndex, MsTable } from './model.js';

/** Key columns of an index, in the order of the key. */
export function keyColumns(index: MsIndex): readonly string[] {
  return index.columns.filter(({ keyPlace }) => keyPlace > 0).map(({ name }) => name);
}

export function primaryKey(table: MsTable): MsIndex | undefined {
  return table.indexes.find(({ primary, disabled }) => primary && !disabled);
}

/**
 * By which a row is found again: the primary key, else the first unique index over columns that
 * are never NULL. A filtered index knows only some of the rows.
 */
export function keyIndex(table: MsTable): MsIndex | undefined {
  return (
    primaryKey(table) ??
    table.indexes.find((index) => {
      const usable = index.unique && !index.disabled && !index.filtered;
      return usable && keyColumns(index).every((name) => table.column(name)?.nullable === false);
    })
  );
}

export function tableKey(table: MsTable): readonly string[] | null {
  const index = keyIndex(table);
  return index === undefined ? null : keyColumns(index);
}
