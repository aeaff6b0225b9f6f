import type { TableName } from '../../../core/names.js';
import type { TableModel } from '../../contract/schema.js';
import type { MsIndex } from '../catalog/model.js';
import { keyColumns } from '../catalog/table-key.js';
import { Placement } from '../define/placement.js';
import type { Statement } from '../define/statement.js';
import { tableFor } from '../define/table-for.js';

/** How `what` of a statement names the index that it is about. */
const ABOUT_INDEX = /^(?:primary key|unique constraint|index|disabled index) (.+)$/;

/**
 * Apart: what forbids two rows to be alike in anything but the key. Rows of different moments may
 * break it until the changes made during the copy are in.
 */
export function splitFinish(
  model: TableModel,
  target: TableName,
  finish: readonly Statement[],
): { early: readonly Statement[]; late: readonly Statement[] } {
  const indexes = indexesByStatement(model, target);
  const isLate = (statement: Statement) => {
    const index = indexes(statement);
    return index?.unique === true && !isKey(index, model.key);
  };
  return {
    early: finish.filter((statement) => !isLate(statement)),
    late: finish.filter(isLate),
  };
}

/** The columns that an index, which the statement makes, compares rows by; none for others. */
export function comparedBy(
  model: TableModel,
  target: TableName,
  statement: Statement,
): readonly string[] {
  const index = indexesByStatement(model, target)(statement);
  return index === undefined ? [] : keyColumns(index);
}

function indexesByStatement(
  model: TableModel,
  target: TableName,
): (statement: Statement) => MsIndex | undefined {
  const table = tableFor(model);
  const placement = new Placement(table, target);
  const byName = new Map(table.indexes.map((index) => [placement.nameOf(index.name), index]));
  return ({ what }) => byName.get(ABOUT_INDEX.exec(what)?.[1] ?? '');
}

function isKey(index: MsIndex, key: readonly string[] | null): boolean {
  if (key === null || index.filtered) return false;
  const columns = new Set(
    index.columns.filter(({ keyPlace }) => keyPlace > 0).map(({ name }) => name),
  );
  return key.every((column) => columns.has(column));
}
