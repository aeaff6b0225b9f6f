import type {
  NeutralColumn,
  NeutralForeignKey,
  NeutralIndex,
  NeutralKey,
  NeutralTable,
  ReferentialAction,
} from '../../../core/neutral-table.js';
import type { MsColumn, MsForeignKey, MsIndex, MsReferentialAction, MsTable } from './model.js';
import { neutralTypeOf } from './neutral-type-of.js';
import { computedKeys, keyColumns } from './table-key.js';
import { hasText } from '../types/as-text.js';
import { declaredText } from './type-text.js';

const ACTIONS: Readonly<Record<MsReferentialAction, ReferentialAction>> = {
  'NO ACTION': 'no action',
  CASCADE: 'cascade',
  'SET NULL': 'set null',
  'SET DEFAULT': 'set default',
};

/** The table as another engine can make it. What only SQL Server knows is left out. */
export function neutralTableOf(table: MsTable): NeutralTable {
  const plain = table.indexes.filter(
    (index) => isPlain(index) && computedKeys(table, index).length === 0,
  );
  const primary = plain.find((index) => index.primary);
  return {
    // A computed column is the source's own matter: neither a copy nor a feed carries it.
    columns: table.columns
      .filter((column) => !column.columnSet && column.computed === null)
      .map(neutralColumn),
    primaryKey: primary === undefined ? null : neutralKey(primary),
    uniques: plain.filter(({ unique, primary: isPrimary }) => unique && !isPrimary).map(neutralKey),
    indexes: plain.filter(({ unique }) => !unique).map(neutralIndex),
    foreignKeys: table.parts.foreignKeys
      .filter(({ disabled, columns }) => {
        return !disabled && columns.every((name) => table.column(name)?.computed == null);
      })
      .map((key) => neutralForeignKey(key)),
  };
}

/** A filter is T-SQL, and a disabled index is none. */
function isPlain(index: MsIndex): boolean {
  const { kind, disabled, filtered } = index;
  return !disabled && !filtered && ['clustered', 'nonclustered', 'hash'].includes(kind);
}

function neutralColumn(column: MsColumn): NeutralColumn {
  return {
    name: column.name,
    type: neutralTypeOf(column),
    sourceType: declaredText(column),
    nullable: column.nullable,
    identity: column.identity !== null,
    hasText: hasText(column.type),
  };
}

function neutralKey(index: MsIndex): NeutralKey {
  return { name: index.name, columns: keyColumns(index) };
}

function neutralIndex(index: MsIndex): NeutralIndex {
  const keys = index.columns.filter(({ keyPlace }) => keyPlace > 0);
  return { ...neutralKey(index), descending: keys.map(({ descending }) => descending) };
}

function neutralForeignKey(key: MsForeignKey): NeutralForeignKey {
  const { name, columns, references, referencedColumns, onDelete, onUpdate } = key;
  return {
    ...{ name, columns, references, referencedColumns },
    onDelete: ACTIONS[onDelete],
    onUpdate: ACTIONS[onUpdate],
  };
}
