/**
 * ROW_NUMBER, and the OVER of aggregates (test/conformance/sqlserver/changes: "delete through a
 * CTE").
 */
import type { Window } from '../../tsql/ast.js';
import { keyed } from '../print/compare.js';
import type { PrintContext } from '../print/context.js';
import { printExpression } from '../print/expression.js';
import { printOrder } from '../print/order.js';
import { BIGINT } from '../types/ms-types.js';
import { notModelled } from '../not-modelled.js';
import type { FunctionPrinter, Functions } from './call.js';

export function printWindow(window: Window, context: PrintContext): string {
  if (window.frame !== null) throw notModelled('a frame of OVER');
  const partition = window.partitionBy.map((each) => keyed(printExpression(each, context)));
  const parts = [
    partition.length === 0 ? '' : `PARTITION BY ${partition.join(', ')}`,
    printOrder(window.orderBy, context, []),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

const rowNumber: FunctionPrinter = (call, context) => {
  if (call.over === null) throw notModelled('ROW_NUMBER without OVER');
  const sql = `row_number() OVER (${printWindow(call.over, context)})`;
  return { sql, type: BIGINT, nullable: false };
};

export const WINDOWS: Functions = { row_number: rowNumber };
