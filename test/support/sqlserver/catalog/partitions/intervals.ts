/**
 * Which values of one column a condition allows, as far as an interval can tell. Needed by
 * test/conformance/sqlserver/partitions: "moves the rows into an empty partition".
 */
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { CompareOp, Condition, Expression } from '../../tsql/ast.js';
import type { FunctionRow } from './rows.js';
import { boundarySql } from './rows.js';

export interface Bound {
  readonly value: string;
  readonly inclusive: boolean;
}

/** An end that is null is open; `nulls`: NULL is allowed, as any CHECK that yields unknown does. */
export interface Interval {
  readonly low: Bound | null;
  readonly high: Bound | null;
  readonly nulls: boolean;
}

/** `start` narrowed by the condition; what is no comparison with a constant narrows nothing. */
export async function intervalOf(
  context: SessionContext,
  condition: Condition,
  column: string,
  fn: FunctionRow,
  start: Interval,
): Promise<Interval> {
  switch (condition.kind) {
    case 'and': {
      const left = await intervalOf(context, condition.left, column, fn, start);
      return intervalOf(context, condition.right, column, fn, left);
    }
    case 'isNull':
      return condition.negated && isColumn(condition.operand, column)
        ? { ...start, nulls: false }
        : start;
    case 'compare': {
      const own = isColumn(condition.left, column);
      if (!own && !isColumn(condition.right, column)) return start;
      const op = own ? condition.op : MIRRORED[condition.op];
      const constant = own ? condition.right : condition.left;
      return narrowed(context, fn, start, op, constant);
    }
    case 'between':
    case 'or':
    case 'not':
    case 'like':
    case 'inList':
    case 'inQuery':
    case 'exists':
    case 'quantified':
      return start;
  }
}

/** Whether an interval of the column says all that the condition says. */
export function isInterval(condition: Condition, column: string): boolean {
  switch (condition.kind) {
    case 'and':
      return isInterval(condition.left, column) && isInterval(condition.right, column);
    case 'isNull':
      return condition.negated && isColumn(condition.operand, column);
    case 'compare':
      return condition.op !== '<>' && isColumn(condition.left, column);
    case 'between':
    case 'or':
    case 'not':
    case 'like':
    case 'inList':
    case 'inQuery':
    case 'exists':
    case 'quantified':
      return false;
  }
}

const MIRRORED: Readonly<Record<CompareOp, CompareOp>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function isColumn(expression: Expression, column: string): boolean {
  const name = expression.kind === 'column' ? expression.name.at(-1) : undefined;
  return name?.toLowerCase() === column.toLowerCase();
}

async function narrowed(
  context: SessionContext,
  fn: FunctionRow,
  start: Interval,
  op: CompareOp,
  constant: Expression,
): Promise<Interval> {
  if (op === '<>') return start;
  const { text: value } = await context.evaluate(constant, fn.type);
  if (value === null) return start;
  const inclusive = op === '=' || op === '>=' || op === '<=';
  let range = start;
  if (op !== '<' && op !== '<=') {
    range = { ...range, low: await tighter(context, fn, range.low, { value, inclusive }, 1) };
  }
  if (op !== '>' && op !== '>=') {
    range = { ...range, high: await tighter(context, fn, range.high, { value, inclusive }, -1) };
  }
  return range;
}

/** Of two ends the one that allows less: the greater low (1), the lesser high (-1). */
async function tighter(
  context: SessionContext,
  fn: FunctionRow,
  old: Bound | null,
  next: Bound,
  direction: 1 | -1,
): Promise<Bound> {
  if (old === null) return next;
  const order = (await compareBounds(context, fn, next, old)) * direction;
  if (order === 0) return old.inclusive ? next : old;
  return order > 0 ? next : old;
}

/** As PostgreSQL compares values of the function's type: negative, 0 or positive. */
export async function compareBounds(
  context: SessionContext,
  fn: FunctionRow,
  a: Bound,
  b: Bound,
): Promise<number> {
  const [left, right] = [boundarySql(fn, a.value), boundarySql(fn, b.value)];
  const [row] = await context.query<{ sign: number }>(
    `SELECT CASE WHEN ${left} < ${right} THEN -1 WHEN ${left} = ${right} THEN 0 ELSE 1 END AS sign`,
  );
  return row?.sign ?? 0;
}
