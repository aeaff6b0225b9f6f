import type { FrameBound, Window } from '../../tsql/ast.js';
import { keyed } from '../print/compare.js';
import type { PrintContext } from '../print/context.js';
import { convert } from '../print/convert.js';
import { printExpression } from '../print/expression.js';
import { printOrder } from '../print/order.js';
import { BIGINT } from '../types/ms-types.js';
import { notModelled } from '../not-modelled.js';
import type { FunctionPrinter, Functions } from './call.js';
import { argument, args, int } from './call.js';

export function printWindow(window: Window, context: PrintContext): string {
  const partition = window.partitionBy.map((each) => keyed(printExpression(each, context)));
  const parts = [
    partition.length === 0 ? '' : `PARTITION BY ${partition.join(', ')}`,
    printOrder(window.orderBy, context, []),
    printFrame(window, context),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function printFrame({ frame }: Window, context: PrintContext): string {
  if (frame === null) return '';
  const start = bound(frame.start, context);
  const end = frame.end === null ? 'CURRENT ROW' : bound(frame.end, context);
  return `${frame.unit.toUpperCase()} BETWEEN ${start} AND ${end}`;
}

function bound(of: FrameBound, context: PrintContext): string {
  switch (of.kind) {
    case 'unboundedPreceding':
      return 'UNBOUNDED PRECEDING';
    case 'unboundedFollowing':
      return 'UNBOUNDED FOLLOWING';
    case 'currentRow':
      return 'CURRENT ROW';
    default:
      return `${printExpression(of.rows, context).sql} ${of.kind.toUpperCase()}`;
  }
}

function rank(fn: string): FunctionPrinter {
  return (call, context) => {
    if (call.over === null) throw notModelled(`${fn} without OVER`);
    return {
      sql: `${fn}() OVER (${printWindow(call.over, context)})`,
      type: BIGINT,
      nullable: false,
    };
  };
}

function neighbour(fn: 'lag' | 'lead'): FunctionPrinter {
  return (call, context) => {
    const printed = args(call, context, 1, 3);
    const of = argument(printed, 0);
    if (call.over === null) throw notModelled(`${fn} without OVER`);
    const rest = [
      ...(printed[1] === undefined ? [] : [int(printed[1])]),
      ...(printed[2] === undefined ? [] : [convert(printed[2], of.type).sql]),
    ];
    const sql = `${fn}(${[of.sql, ...rest].join(', ')}) OVER (${printWindow(call.over, context)})`;
    return { sql, type: of.type, nullable: true };
  };
}

function edge(fn: 'first_value' | 'last_value'): FunctionPrinter {
  return (call, context) => {
    const of = argument(args(call, context, 1), 0);
    if (call.over === null) throw notModelled(`${fn} without OVER`);
    return {
      sql: `${fn}(${of.sql}) OVER (${printWindow(call.over, context)})`,
      type: of.type,
      nullable: true,
    };
  };
}

const ntile: FunctionPrinter = (call, context) => {
  const n = argument(args(call, context, 1), 0);
  if (call.over === null) throw notModelled('NTILE without OVER');
  const sql = `(ntile(${int(n)}) OVER (${printWindow(call.over, context)}))::bigint`;
  return { sql, type: BIGINT, nullable: false };
};

export const WINDOWS: Functions = {
  row_number: rank('row_number'),
  rank: rank('rank'),
  dense_rank: rank('dense_rank'),
  lag: neighbour('lag'),
  lead: neighbour('lead'),
  first_value: edge('first_value'),
  last_value: edge('last_value'),
  ntile,
};
