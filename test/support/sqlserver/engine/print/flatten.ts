/** The FROM of a change as a list (test/conformance/sqlserver/changes: "update by a join"). */
import type { Condition, TableSource } from '../../tsql/ast.js';

export interface Flat {
  /** What stands beside the target. */
  readonly others: readonly TableSource[];
  readonly conditions: readonly Condition[];
}

/**
 * A FROM of commas and inner joins as a list of tables and conditions, without `target`; null where
 * the target stands inside an outer join or beside an APPLY.
 */
export function joined(from: readonly TableSource[], target: TableSource | null): Flat | null {
  const others: TableSource[] = [];
  const conditions: Condition[] = [];
  const queue = [...from];
  for (let source = queue.shift(); source !== undefined; source = queue.shift()) {
    if (source === target) continue;
    if (source.kind === 'apply') return null;
    if (source.kind === 'join' && (source.type === 'inner' || source.type === 'cross')) {
      if (source.on !== null) conditions.push(source.on);
      queue.push(source.left, source.right);
    } else {
      if (target !== null && holds(source, target)) return null;
      others.push(source);
    }
  }
  return { others, conditions };
}

function holds(source: TableSource, target: TableSource): boolean {
  if (source === target) return true;
  if (source.kind !== 'join' && source.kind !== 'apply') return false;
  return holds(source.left, target) || holds(source.right, target);
}
