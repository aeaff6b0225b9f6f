import type { Change, Shape } from '../../../core/change.js';
import { UnknownKey, foldChanges } from '../../../core/fold.js';
import type { LaneMember } from '../../contract/lane.js';
import type { BatchEntry } from '../../contract/batch-entry.js';
import { foldedSteps } from './folded-steps.js';
import { orderedSteps } from './ordered-steps.js';
import type { PlanCache } from './plan-cache.js';
import type { StatementNames } from './statement-names.js';
import type { Mode, Step } from './steps.js';
import type { TablePlan } from './table-plan.js';
import { truncateSteps } from './truncate-steps.js';

export interface CompileTools {
  readonly plans: PlanCache;
  readonly names: StatementNames;
  /** Foreign keys of the target are quiet: a row may be deleted and come back. */
  readonly replica: boolean;
}

interface Run {
  readonly member: LaneMember;
  readonly shape: Shape;
  readonly changes: Change[];
}

/**
 * Statements for the entries that are applied. A truncate is a border for all tables, a new shape
 * for its own; in mode `ordered` the order is kept between tables too.
 */
export function compileEntries(
  entries: readonly BatchEntry[],
  mode: Mode,
  tools: CompileTools,
): Step[] {
  const steps: Step[] = [];
  const runs = new Map<string, Run>();
  let truncated: BatchEntry[] = [];
  const emit = (ids: readonly string[]): void => {
    for (const id of ids) {
      const run = runs.get(id);
      if (run !== undefined) steps.push(...runSteps(run, mode, tools));
      runs.delete(id);
    }
  };
  const emitTruncates = (): void => {
    steps.push(...truncateSteps(truncated, mode, tools));
    truncated = [];
  };
  for (const entry of entries) {
    const { change, member } = entry;
    if (!member.applies) continue;
    if (change.op === 't') {
      emit([...runs.keys()]);
      truncated.push(entry);
      continue;
    }
    emitTruncates();
    const open = runs.get(member.tableId);
    if (mode === 'ordered' && open === undefined) emit([...runs.keys()]);
    if (open !== undefined && open.shape !== change.shape) emit([member.tableId]);
    const run = runs.get(member.tableId);
    if (run !== undefined) run.changes.push(change);
    else runs.set(member.tableId, { member, shape: change.shape, changes: [change] });
  }
  emit([...runs.keys()]);
  emitTruncates();
  return steps;
}

/** A change of this table does not say which row it means. */
export class UnusableChange extends Error {
  override readonly name = 'UnusableChange';
  constructor(readonly member: LaneMember) {
    super('A change came without its key.');
  }
}

function runSteps(run: Run, mode: Mode, tools: CompileTools): Step[] {
  try {
    return stepsOf(run, mode, tools);
  } catch (error) {
    throw error instanceof UnknownKey ? new UnusableChange(run.member) : error;
  }
}

function stepsOf(run: Run, mode: Mode, tools: CompileTools): Step[] {
  const { member, shape, changes } = run;
  const plan = planOf(tools, shape, member);
  const allowed = mode === 'reinsert' && plan.table.cascades && !tools.replica ? 'mend' : mode;
  const context = { tableId: member.tableId, plan, names: tools.names, mode: allowed };
  if (mode === 'ordered' || !member.fold || plan.keyless) {
    return orderedSteps({ ...context, mode: mode === 'fast' ? 'fast' : 'ordered' }, changes);
  }
  const key = plan.key.map((column) => column.index);
  return foldedSteps(context, foldChanges(changes, key));
}

function planOf(tools: CompileTools, shape: Shape, member: LaneMember): TablePlan {
  const plan = tools.plans.get(shape, member.target);
  if (plan === undefined) throw new Error('A shape was not loaded before it was compiled.');
  return plan;
}
