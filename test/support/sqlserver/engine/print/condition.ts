/**
 * Conditions; NULL is unknown, patterns are SQL Server's
 * (test/conformance/sqlserver/nulls-and-numbers: "makes NOT IN true for nothing",
 * test/conformance/sqlserver/strings: "N'abc' COLLATE Latin1_General_CI_AS LIKE N'A%'",
 * test/conformance/sqlserver/strings: "N'a' IN (N'A ' COLLATE Latin1_General_CI_AS, N'b')").
 */
import type { Condition } from '../../tsql/ast.js';
import { isCaseBlind, meeting, printCompare, toMeet, winning, collated } from './compare.js';
import type { PrintContext } from './context.js';
import { convert } from './convert.js';
import { printExpression } from './expression.js';
import type { Printed } from './printed.js';
import { printQuery } from './query.js';
import { nvarchar } from '../types/ms-types.js';
import { family } from '../types/families.js';

export function printCondition(condition: Condition, context: PrintContext): string {
  const value = (expression: Parameters<typeof printExpression>[0]) =>
    printExpression(expression, context);
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const left = printCondition(condition.left, context);
      const right = printCondition(condition.right, context);
      return `(${left} ${condition.kind.toUpperCase()} ${right})`;
    }
    case 'not':
      return `(NOT ${printCondition(condition.operand, context)})`;
    case 'compare':
      return `(${printCompare(condition.op, value(condition.left), value(condition.right))})`;
    case 'isNull':
      return `(${value(condition.operand).sql} IS ${condition.negated ? 'NOT ' : ''}NULL)`;
    case 'between': {
      const operand = value(condition.operand);
      const low = printCompare('>=', operand, value(condition.low));
      const high = printCompare('<=', operand, value(condition.high));
      return `(${condition.negated ? 'NOT ' : ''}(${low} AND ${high}))`;
    }
    case 'like':
      return printLike(condition, context);
    case 'inList':
      return inList(value(condition.operand), condition.list.map(value), condition.negated);
    case 'inQuery':
      return printInQuery(condition, context);
    case 'exists':
      return `EXISTS (${printQuery(condition.query, inner(context)).sql})`;
    case 'quantified': {
      const { sql, left } = printQuantified(condition, context);
      return `(${left} ${condition.op} ${condition.quantifier.toUpperCase()} (${sql}))`;
    }
  }
}

function inner(context: PrintContext): PrintContext {
  return { ...context, top: false };
}

type LikeCondition = Extract<Condition, { kind: 'like' }>;

function printLike(condition: LikeCondition, context: PrintContext): string {
  const text = (printed: Printed) =>
    family(printed.type) === 'string' ? printed : convert(printed, nvarchar('max'));
  const operand = text(printExpression(condition.operand, context));
  const pattern = text(printExpression(condition.pattern, context));
  const escape =
    condition.escape === null ? "''::bpchar" : printExpression(condition.escape, context).sql;
  const blind = String(isCaseBlind(winning(operand, pattern)));
  const sql = `ss.like(${operand.sql}, ${pattern.sql}, ${escape}, ${blind})`;
  return condition.negated ? `(NOT ${sql})` : sql;
}

function inList(operand: Printed, list: readonly Printed[], negated: boolean): string {
  // One type for the whole list, as SQL Server has it.
  const type = list.reduce((so, each) => meeting({ ...operand, type: so }, each), operand.type);
  const sides = [operand, ...list].map((side) => toMeet(side, type));
  const [first = '', ...rest] = sides;
  const left = family(type) === 'string' ? collated(first, winning(operand, ...list)) : first;
  return `(${left} ${negated ? 'NOT IN' : 'IN'} (${rest.join(', ')}))`;
}

type Sub = { readonly query: Parameters<typeof printQuery>[0] };

function printInQuery(
  condition: Extract<Condition, { kind: 'inQuery' }>,
  context: PrintContext,
): string {
  const left = printExpression(condition.operand, context);
  const { sql, left: side } = subquerySide(left, condition, context);
  return `(${side} ${condition.negated ? 'NOT IN' : 'IN'} (${sql}))`;
}

function printQuantified(
  condition: Extract<Condition, { kind: 'quantified' }>,
  context: PrintContext,
): { sql: string; left: string } {
  return subquerySide(printExpression(condition.left, context), condition, context);
}

/** The subquery with its column converted to what both sides meet in. */
function subquerySide(
  left: Printed,
  { query }: Sub,
  context: PrintContext,
): { sql: string; left: string } {
  const printed = printQuery(query, inner(context));
  const [column] = printed.columns;
  if (column === undefined) return { sql: printed.sql, left: left.sql };
  const alias = context.statement.alias();
  const right: Printed = { ...column, sql: `${alias}.c1`, collating: 'implicit' };
  const type = meeting(left, right);
  const converted = toMeet(right, type);
  const collating = family(type) === 'string' ? winning(left, right) : null;
  const side = collated(toMeet(left, type), collating);
  if (converted === right.sql) return { sql: printed.sql, left: side };
  return { sql: `SELECT ${converted} FROM (${printed.sql}) AS ${alias}(c1)`, left: side };
}
