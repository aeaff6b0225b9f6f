import type { TableName } from '../../../core/names.js';
import type { TableModel } from '../../contract/schema.js';
import type { MsIndex } from '../catalog/model.js';
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
  const table = tableFor(model);
  const placement = new Placement(table, target);
  const late = new Set(
    table.indexes
      .filter((index) => index.unique && !isKey(index, model.key))
      .map((index) => placement.nameOf(index.name)),
  );
  const isLate = (statement: Statement) => {
    const name = ABOUT_INDEX.exec(statement.what)?.[1];
    return name !== undefined && late.has(name);
  };
  return {
    early: finish.filter((statement) => !isLate(statement)),
    late: finish.filter(isLate),
  };
}

function isKey(index: MsIndex, key: readonly string[] | null): boolean {
  if (key === null || index.filtered) return false;
  const columns = new Set(
    index.columns.filter(({ keyPlace }) => keyPlace > 0).map(({ name }) => name),
  );
  return key.every((column) => columns.has(column));
}
