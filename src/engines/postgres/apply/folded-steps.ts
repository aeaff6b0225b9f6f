import type { Image } from '../../../core/cell.js';
import type { Folded, FoldedMove } from '../../../core/fold.js';
import { copyStep } from './copy-step.js';
import { deleteSql, insertSql, moveSql, updateOrInsertSql, updateSql } from './sql/write.js';
import type { Step, StepContext } from './steps.js';
import { groupByUnchanged, keyFields, stepsFor, valueFields } from './steps.js';
import type { PlanColumn, TablePlan } from './table-plan.js';

/** Statements for a folded run, in an order that respects what a fold promises. */
export function foldedSteps(context: StepContext, folded: Folded): Step[] {
  const sure = folded.deletes.filter((gone) => gone.expected).map((gone) => gone.key);
  const unsure = folded.deletes.filter((gone) => !gone.expected).map((gone) => gone.key);
  const moving = context.mode === 'reinsert' || context.plan.reinsertOnly;
  const updates = folded.updates.map((update) => update.row);
  return [
    ...deleteSteps(context, sure, 1),
    ...deleteSteps(context, unsure, null),
    ...moveSteps(context, folded.moves),
    ...(moving
      ? moveSteps(
          context,
          updates.map((row) => ({ from: row, row })),
        )
      : updateSteps(context, updates)),
    ...insertSteps(context, folded.inserts),
  ];
}

export function deleteSteps(
  context: StepContext,
  keys: readonly Image[],
  wanted: 0 | 1 | null,
): Step[] {
  const { plan } = context;
  const finds = context.acts === true ? null : wanted;
  const check =
    (finds === 1 && context.mode === 'fast') || (finds === 0 && context.sharesKeys === true);
  return stepsFor(context, {
    fields: keyFields(plan, keys),
    rows: keys.length,
    text: (source) => deleteSql({ plan, source, check }),
    check,
    finds,
  });
}

export function insertSteps(context: StepContext, rows: readonly Image[]): Step[] {
  const { plan } = context;
  // A row that is there although it should not be is the target's drift: the source's row wins.
  const before = context.mode === 'reinsert' ? deleteSteps(context, rows, 0) : [];
  const copied = copyStep(context, rows);
  if (copied !== null) return [...before, copied];
  const insert = stepsFor(context, {
    fields: valueFields(plan.columns, rows),
    rows: rows.length,
    text: (source) => insertSql({ plan, source, check: false }, plan.columns),
    check: false,
    finds: null,
  });
  return [...before, ...insert];
}

function updateSteps(context: StepContext, rows: readonly Image[]): Step[] {
  const { plan, mode } = context;
  return groupByUnchanged(rows, (row) => row, plan).flatMap(({ columns, items }) => {
    const set = settable(plan, columns);
    if (set.length === 0) return [];
    const whole = columns.length === plan.columns.length;
    const check = mode === 'fast';
    return stepsFor(context, {
      fields: [
        ...keyFields(plan, items),
        ...valueFields(whole && !check ? plan.columns : set, items),
      ],
      rows: items.length,
      text: (source) =>
        whole && !check
          ? updateOrInsertSql({ plan, source, check }, set)
          : updateSql({ plan, source, check }, set),
      check,
      finds: 1,
    });
  });
}

export function moveSteps(context: StepContext, moves: readonly FoldedMove[]): Step[] {
  const { plan, mode } = context;
  return groupByUnchanged(moves, (move) => move.row, plan).flatMap(({ columns, items }) => {
    const check = mode === 'fast';
    const add = !check && columns.length === plan.columns.length;
    return stepsFor(context, {
      fields: [
        ...keyFields(
          plan,
          items.map((move) => move.from),
        ),
        ...valueFields(
          columns,
          items.map((move) => move.row),
        ),
      ],
      rows: items.length,
      text: (source) => moveSql({ plan, source, check }, columns, add),
      check,
      finds: 1,
    });
  });
}

/** What an update of a row at its own key may set. */
export function settable(plan: TablePlan, columns: readonly PlanColumn[]): readonly PlanColumn[] {
  return columns.filter((column) => !plan.key.includes(column) && !column.target.always);
}
