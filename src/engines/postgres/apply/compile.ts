import { hasOldKey } from '../../../core/cell.js';
import type { Change, Shape } from '../../../core/change.js';
import type { Folded } from '../../../core/fold.js';
import { foldChanges } from '../../../core/fold.js';
import { UnknownKey } from '../../../core/unknown-key.js';
import { isToldByRows } from '../../../core/whole-rows.js';
import type { LaneMember } from '../../contract/lane.js';
import type { BatchEntry } from '../../contract/batch-entry.js';
import { foldedSteps } from './folded-steps.js';
import { keepsChildren } from './kept-children.js';
import { orderedSteps, TakesChildren } from './ordered-steps.js';
import type { PlanCache } from './plan-cache.js';
import { ALL_DEFERRED } from './sql/drain.js';
import type { StatementNames } from './statement-names.js';
import type { Mode, Step } from './steps.js';
import type { TablePlan } from './table-plan.js';
import { keyIndexes } from './table-plan.js';
import { truncateSteps } from './truncate-steps.js';
import { UnusableChange } from './unusable-change.js';

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
 * for its own; in mode `ordered` the order is kept between tables too, as where foreign keys of the
 * target act on rows that go: only in the source's order do they find what they found there.
 *
 * @param ends the last transaction of the entries ends with them: see PendingEntries
 */
export function compileEntries(
  entries: readonly BatchEntry[],
  mode: Mode,
  tools: CompileTools,
  ends: boolean,
): Step[] {
  const steps: Step[] = [];
  const acts = entries.some((entry) => movesChildren(entry, tools));
  const inOrder = mode === 'ordered' || acts;
  const runs = new Map<string, Run>();
  let truncated: BatchEntry[] = [];
  const emit = (ids: readonly string[]): void => {
    for (const id of ids) {
      const run = runs.get(id);
      if (run !== undefined) steps.push(...runSteps(run, tools, { mode, acts, ends }));
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
    if (inOrder && open === undefined) emit([...runs.keys()]);
    if (open !== undefined && open.shape !== change.shape) emit([member.tableId]);
    const run = runs.get(member.tableId);
    if (run !== undefined) run.changes.push(change);
    else runs.set(member.tableId, { member, shape: change.shape, changes: [change] });
  }
  emit([...runs.keys()]);
  emitTruncates();
  return steps;
}

const DEFER: Step = {
  tableId: null,
  statement: { name: '', text: ALL_DEFERRED, values: [] },
  expected: null,
};

/** A row leaves its key, and foreign keys of the target would act on that. */
function movesChildren({ change, member }: BatchEntry, tools: CompileTools): boolean {
  if (tools.replica || !member.applies) return false;
  const leaves = change.op === 'd' || (change.op === 'u' && hasOldKey(change));
  return leaves && keepsChildren(planOf(tools, change.shape, member).table, tools.replica);
}

interface How {
  readonly mode: Mode;
  readonly acts: boolean;
  readonly ends: boolean;
}

function runSteps(run: Run, tools: CompileTools, how: How): Step[] {
  try {
    return stepsOf(run, tools, how);
  } catch (error) {
    if (error instanceof TakesChildren) throw new UnusableChange(run.member, error.message);
    throw error instanceof UnknownKey ? new UnusableChange(run.member) : error;
  }
}

function stepsOf(run: Run, tools: CompileTools, { mode, acts, ends }: How): Step[] {
  const { member, shape, changes } = run;
  const plan = planOf(tools, shape, member);
  const keeps = keepsChildren(plan.table, tools.replica);
  const allowed = mode === 'reinsert' && keeps ? 'mend' : mode;
  const { tableId } = member;
  const sharesKeys = !ends && isToldByRows(plan);
  const context = { tableId, plan, names: tools.names, mode: allowed, keeps, acts, sharesKeys };
  const leaves = changes.some((change) => change.op === 'd' || hasOldKey(change));
  const oneByOne = !member.fold || plan.keyless || (keeps && (leaves || plan.reinsertOnly));
  if (mode === 'ordered' || oneByOne) {
    const inOrder = orderedSteps(
      { ...context, mode: mode === 'fast' ? 'fast' : 'ordered' },
      changes,
    );
    // Rows share a key for a while. Nothing is checked meanwhile where triggers are quiet.
    return plan.late === null || tools.replica ? inOrder : [DEFER, ...inOrder];
  }
  const key = keyIndexes(plan);
  const folded = foldChanges(changes, key);
  if (meansOthers(plan, folded)) return orderedSteps(context, changes);
  return foldedSteps(context, folded);
}

/**
 * A key that came and went may be the one of a row that stays, written differently: a fold would
 * take that row away with it.
 */
export function meansOthers(plan: TablePlan, folded: Folded): boolean {
  const came = folded.deletes.some(({ expected }) => !expected);
  return came && plan.key.some(({ target }) => !target.exact);
}

function planOf(tools: CompileTools, shape: Shape, member: LaneMember): TablePlan {
  const plan = tools.plans.get(shape, member.target);
  if (plan === undefined) throw new Error('A shape was not loaded before it was compiled.');
  return plan;
}
