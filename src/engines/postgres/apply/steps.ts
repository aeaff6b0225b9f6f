import type { Image } from '../../../core/cell.js';
import { unchangedColumns } from '../../../core/cell.js';
import type { PipelineStatement } from '../pipeline.js';
import type { Field, SourceRows } from './source-rows.js';
import { arraySource, rowSource } from './source-rows.js';
import { aliasOf, keyAlias } from './sql/write.js';
import type { StatementNames } from './statement-names.js';
import type { PlanColumn, TablePlan } from './table-plan.js';

/** One statement of a batch and what its answer means. */
export interface Step {
  /** Whose fault an error is; null for Sluice's own tables. */
  readonly tableId: string | null;
  readonly statement: PipelineStatement;
  /** Rows that should be found; the answer's first value says how many were. Null: any number. */
  readonly expected: number | null;
  /** It fails where a row has a key that another one takes. */
  readonly guardsKeys?: boolean;
}

/**
 * fast: check that every row is found. mend: count, and insert whole rows that are not there.
 * reinsert: also delete before inserting, for values that are exchanged. ordered: one statement
 * for each change of the source, in its order.
 */
export type Mode = 'fast' | 'mend' | 'reinsert' | 'ordered';

export interface StepContext {
  readonly tableId: string;
  readonly plan: TablePlan;
  readonly names: StatementNames;
  readonly mode: Mode;
  /** No row may be deleted to come back: see kept-children.ts. Default: it may. */
  readonly keeps?: boolean;
  /** A foreign key of the target may have deleted a row before the source's delete of it comes. */
  readonly acts?: boolean;
  /** Where a row comes to a key, another one may be that leaves it later: it must not be deleted. */
  readonly sharesKeys?: boolean;
}

const INT8_OID = 20;

export interface StepRequest {
  readonly fields: readonly Field[];
  readonly rows: number;
  readonly text: (source: SourceRows) => string;
  /** The text checks the count itself and takes the expected one as its last parameter. */
  readonly check: boolean;
  /** Rows that each row of the source should find; null: not known. */
  readonly finds: 0 | 1 | null;
}

/** One statement for all rows where their types allow it, else one for each. */
export function stepsFor(context: StepContext, request: StepRequest): Step[] {
  if (request.rows === 0) return [];
  if (!context.plan.keyless) {
    const source = arraySource(request.fields, request.rows);
    if (source !== null) return [step(context, request, source)];
  }
  const steps: Step[] = [];
  for (let row = 0; row < request.rows; row += 1) {
    steps.push(step(context, request, rowSource(request.fields, row)));
  }
  return steps;
}

function step(context: StepContext, request: StepRequest, source: SourceRows): Step {
  const types = request.check ? [...source.types, INT8_OID] : source.types;
  const expected = request.finds === null ? null : request.finds * source.count;
  const values = request.check ? [...source.values, String(expected)] : source.values;
  return {
    tableId: context.tableId,
    statement: context.names.statement(request.text(source), types, values),
    expected,
    ...(request.check && request.finds === 0 ? { guardsKeys: true } : {}),
  };
}

export function keyFields(plan: TablePlan, images: readonly Image[]): Field[] {
  return plan.key.map((column, i) => ({ alias: keyAlias(i), column, images }));
}

export function valueFields(columns: readonly PlanColumn[], images: readonly Image[]): Field[] {
  return columns.map((column) => ({ alias: aliasOf(column), column, images }));
}

/** Rows that leave out the same columns go into one statement. */
export function groupByUnchanged<T>(
  items: readonly T[],
  imageOf: (item: T) => Image,
  plan: TablePlan,
): { columns: readonly PlanColumn[]; items: readonly T[] }[] {
  const groups = new Map<string, { columns: readonly PlanColumn[]; items: T[] }>();
  for (const item of items) {
    const missing = unchangedColumns(imageOf(item));
    const id = missing.join();
    let group = groups.get(id);
    if (group === undefined) {
      const columns = plan.columns.filter((column) => !missing.includes(column.index));
      group = { columns, items: [] };
      groups.set(id, group);
    }
    group.items.push(item);
  }
  return [...groups.values()];
}
