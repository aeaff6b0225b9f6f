import type { Shape } from '../../../core/change.js';
import type { TableName } from '../../../core/names.js';
import type { Query } from '../sql-session.js';
import type { TablePlan } from './table-plan.js';
import { planTable } from './table-plan.js';
import { readTargetTable } from './target-table.js';

/** Plans by shape and target, read from the target's catalogue once. */
export class PlanCache {
  private readonly plans = new Map<Shape, Map<string, TablePlan>>();

  constructor(private readonly query: Query) {}

  /** @throws SluiceError TABLE_MISSING, SCHEMA_MISMATCH, KEY_MISSING */
  async load(shape: Shape, target: TableName): Promise<TablePlan> {
    const name = `${String(target.schema.length)}.${target.schema}.${target.table}`;
    const byTarget = this.plans.get(shape) ?? new Map<string, TablePlan>();
    let plan = byTarget.get(name);
    if (plan !== undefined) return plan;
    plan = planTable(shape, await readTargetTable(this.query, target));
    byTarget.set(name, plan);
    this.plans.set(shape, byTarget);
    return plan;
  }

  /** The target's tables have changed. */
  clear(): void {
    this.plans.clear();
  }
}
