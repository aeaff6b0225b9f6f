import type pg from 'pg';
import type { Shape } from '../../../core/change.js';
import type { TableName } from '../../../core/names.js';
import type { TablePlan } from './table-plan.js';
import { foreignTypes, planTable } from './table-plan.js';
import { readBuiltinTypes, readTargetTable } from './target-table.js';

/** Plans by shape and target, read from the target's catalogue once. */
export class PlanCache {
  private readonly plans = new Map<Shape, Map<string, TablePlan>>();

  constructor(private readonly client: pg.Client) {}

  get(shape: Shape, target: TableName): TablePlan | undefined {
    return this.plans.get(shape)?.get(targetKey(target));
  }

  /**
   * Runs statements on the session: nothing else may.
   *
   * @throws SluiceError TABLE_MISSING, SCHEMA_MISMATCH, KEY_MISSING
   */
  async load(shape: Shape, target: TableName): Promise<TablePlan> {
    const known = this.get(shape, target);
    if (known !== undefined) return known;
    const table = await readTargetTable(this.client, target);
    const builtin = await readBuiltinTypes(this.client, foreignTypes(shape, table));
    const plan = planTable(shape, table, builtin);
    const byTarget = this.plans.get(shape) ?? new Map<string, TablePlan>();
    byTarget.set(targetKey(target), plan);
    this.plans.set(shape, byTarget);
    return plan;
  }

  /** The target's tables have changed. */
  clear(): void {
    this.plans.clear();
  }
}

function targetKey(target: TableName): string {
  return `${target.schema.length}.${target.schema}.${target.table}`;
}
