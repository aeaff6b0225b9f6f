import type { Image } from '../../../core/cell.js';
import { fillFrom, keyText, oldImage, rowImage, unchangedColumns } from '../../../core/cell.js';
import type { Change } from '../../../core/change.js';
import { UnknownKey } from '../../../core/unknown-key.js';
import { deleteSteps, insertSteps, moveSteps } from './folded-steps.js';
import { takesChildren } from './kept-children.js';
import { updateOrInsertSql, updateSql } from './sql/write.js';
import type { Step, StepContext } from './steps.js';
import { keyFields, stepsFor, valueFields } from './steps.js';
import { keyIndexes } from './table-plan.js';

/** A row would have to be deleted and inserted again, and must not. */
export class TakesChildren extends Error {
  override readonly name = 'TakesChildren';
}

/** One statement for each change, in the source's order: triggers see what the source did. */
export function orderedSteps(context: StepContext, changes: readonly Change[]): Step[] {
  const key = keyIndexes(context.plan);
  return changes.flatMap((change) => {
    const row = rowImage(change, key);
    if (change.op === 'i' && row !== null) return insertSteps(context, [row]);
    const old = oldImage(change);
    if (change.op === 'd' && old !== null) return deleteSteps(context, [old], 1);
    if (change.op !== 'u' || row === null) throw new UnknownKey('A change came without its key.');
    return updateSteps(context, old ?? row, row);
  });
}

function updateSteps(context: StepContext, old: Image, given: Image): Step[] {
  const { plan, mode } = context;
  const key = keyIndexes(plan);
  const row = plan.keyless ? fillFrom(given, old) : given;
  const moved = keyText(old, key) !== keyText(row, key);
  const left = unchangedColumns(row);
  const known = plan.columns.filter((column) => !left.includes(column.index));
  const mayUpdate = !(plan.reinsertOnly || (moved && known.some(({ target }) => target.always)));
  if (!mayUpdate && context.keeps === true) throw new TakesChildren(takesChildren(plan.table));
  if (!mayUpdate) return moveSteps(context, [{ from: old, row }]);
  const set = known
    .filter(({ target }) => !target.always)
    .filter((column) => moved || plan.keyless || !plan.key.includes(column));
  // An update that left every value as it was is still one for the triggers of the target.
  const assigned = set.length > 0 ? set : known.filter(({ target }) => !target.always);
  if (assigned.length === 0) return [];
  const check = mode === 'fast';
  const add = !check && left.length === 0;
  return stepsFor(context, {
    fields: [...keyFields(plan, [old]), ...valueFields(add ? plan.columns : assigned, [row])],
    rows: 1,
    text: (source) =>
      add
        ? updateOrInsertSql({ plan, source, check }, assigned)
        : updateSql({ plan, source, check }, assigned),
    check,
    finds: 1,
  });
}
