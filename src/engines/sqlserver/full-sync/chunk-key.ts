import type { TableModel } from '../../contract/schema.js';
import type { MsColumn, MsIndex, MsTable } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { canBeKey } from '../types/key-sql.js';

/** By what a table is cut into chunks. */
export interface ChunkKey {
  readonly columns: readonly MsColumn[];
  /** Rows with NULL in the one column are a chunk of their own. */
  readonly nullable: boolean;
}

/**
 * The best index to cut by: unique and without NULLs, the clustered one first. Else the first column
 * of any index: ranges of its values never divide equal ones. Null: one chunk that starts again.
 */
export function chunkKey(model: TableModel): ChunkKey | null {
  const table = nativeTable(model);
  const usable = table.indexes.filter((index) => isUsable(table, index));
  const unique = usable.find((index) => isUniqueKey(table, index));
  if (unique !== undefined) return { columns: keyColumns(table, unique), nullable: false };
  // Without a key the feed cannot mend a row that moved between two chunks while they were read.
  if (model.key === null) return null;
  const [first] = usable.map((index) => keyColumns(table, index)[0]);
  return first === undefined ? null : { columns: [first], nullable: first.nullable };
}

const ORDERED: ReadonlySet<MsIndex['kind']> = new Set(['clustered', 'nonclustered'] as const);

/** Indexes come by their number, so the clustered one is first. */
function isUsable(table: MsTable, index: MsIndex): boolean {
  if (!ORDERED.has(index.kind) || index.disabled || index.filtered) return false;
  const columns = keyColumns(table, index);
  return columns.length > 0 && columns.every((column) => canBeKey(column.type));
}

function isUniqueKey(table: MsTable, index: MsIndex): boolean {
  return index.unique && keyColumns(table, index).every((column) => !column.nullable);
}

function keyColumns(table: MsTable, index: MsIndex): MsColumn[] {
  return index.columns
    .filter(({ keyPlace }) => keyPlace > 0)
    .sort((a, b) => a.keyPlace - b.keyPlace)
    .flatMap(({ name }) => table.column(name) ?? []);
}
