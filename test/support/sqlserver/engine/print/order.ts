/**
 * ORDER BY: NULL is the least value (test/conformance/sqlserver/nulls-and-numbers: "sorts first,
 * and last when descending").
 */
import { SqlError } from '../../backend.js';
import type { OrderItem } from '../../tsql/ast.js';
import { keyed } from './compare.js';
import type { PrintContext } from './context.js';
import { printExpression } from './expression.js';
import type { Printed } from './printed.js';

/** An item of the select list that ORDER BY may name. */
export interface Listed {
  readonly name: string;
  readonly printed: Printed;
}

/** NULL is the least value; said only where there can be one, so that an index serves the rest. */
export function printOrder(
  items: readonly OrderItem[],
  context: PrintContext,
  listed: readonly Listed[],
): string {
  if (items.length === 0) return '';
  return `ORDER BY ${items.map((item) => printItem(item, context, listed)).join(', ')}`;
}

function printItem(item: OrderItem, context: PrintContext, listed: readonly Listed[]): string {
  const { sql, nullable } = orderKey(item, context, listed);
  const direction = item.descending ? ' DESC' : '';
  if (!nullable) return `${sql}${direction}`;
  return `${sql}${direction} NULLS ${item.descending ? 'LAST' : 'FIRST'}`;
}

function orderKey(
  { expression }: OrderItem,
  context: PrintContext,
  listed: readonly Listed[],
): { sql: string; nullable: boolean } {
  if (expression.kind === 'number') {
    const at = Number(expression.text);
    const found = listed[at - 1];
    if (found === undefined) {
      throw new SqlError(
        108,
        `The ORDER BY position number ${expression.text} is out of range of the number of items in the select list.`,
        { level: 15 },
      );
    }
    return { sql: String(at), nullable: found.printed.nullable };
  }
  const alias =
    expression.kind === 'column' && expression.name.length === 1 ? expression.name[0] : '';
  const at = listed.findIndex(
    ({ name }) => name !== '' && name.toLowerCase() === alias?.toLowerCase(),
  );
  const byName = listed[at];
  if (byName !== undefined)
    return { sql: ordinal(at, byName.printed), nullable: byName.printed.nullable };
  const printed = printExpression(expression, context);
  const same = listed.findIndex((each) => each.printed.sql === printed.sql);
  const sql = same < 0 ? keyed(printed) : ordinal(same, printed);
  return { sql, nullable: printed.nullable };
}

/** By position, unless the value is not compared as it stands. */
function ordinal(at: number, printed: Printed): string {
  const { type, sql, collating } = printed;
  const asItStands =
    type.name !== 'datetimeoffset' && (type.collation === null || collating === 'implicit');
  return asItStands || sql === '' ? String(at + 1) : keyed(printed);
}
