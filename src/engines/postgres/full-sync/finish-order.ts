import type { TableName } from '../../../core/names.js';
import type { TableModel } from '../../contract/schema.js';
import type { PgIndex } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { Placement } from '../define/placement.js';
import type { Statement } from '../define/statement.js';

/** How `what` of a statement names the index that it is about. */
const ABOUT_INDEX = /^(?:\w+ constraint|index|options of index) (.+?)(?: of a partition)?$/;

/**
 * Apart: what forbids two rows to be alike in anything but the key. Rows of different moments may
 * break it until the changes made during the copy are in.
 */
export function splitFinish(
  model: TableModel,
  target: TableName,
  finish: readonly Statement[],
): { early: readonly Statement[]; late: readonly Statement[] } {
  const late = lateIndexes(model, target);
  const isLate = (statement: Statement) => {
    const name = ABOUT_INDEX.exec(statement.what)?.[1];
    return name !== undefined && late.has(name);
  };
  return {
    early: finish.filter((statement) => !isLate(statement)),
    late: finish.filter(isLate),
  };
}

function lateIndexes(model: TableModel, target: TableName): ReadonlySet<string> {
  const table = nativeTable(model);
  const placement = new Placement(table, target);
  const names = table.members.flatMap((member) => {
    const excluding = new Set(
      member.constraints
        .filter((constraint) => constraint.type === 'exclusion')
        .map((constraint) => constraint.index),
    );
    return member.indexes
      .filter((index) => excluding.has(index.oid) || (index.unique && !isKey(index, model.key)))
      .map((index) => placement.nameOf(index.name));
  });
  return new Set(names);
}

function isKey(index: PgIndex, key: readonly string[] | null): boolean {
  if (key === null || index.partial || index.columns.length < key.length) return false;
  const columns = index.columns.slice(0, key.length);
  return key.every((column) => columns.includes(column));
}
