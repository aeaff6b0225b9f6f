/**
 * Aggregates: of which type they are, and that they pass over NULL
 * (test/conformance/sqlserver/nulls-and-numbers: "is passed over by aggregates",
 * test/conformance/sqlserver/nulls-and-numbers: "a sum of int stays int, a sum of decimal has 38
 * digits").
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { Call } from '../../tsql/ast.js';
import { notModelled } from '../not-modelled.js';
import { collated } from '../print/compare.js';
import type { PrintContext } from '../print/context.js';
import type { Printed } from '../print/printed.js';
import { family } from '../types/families.js';
import { BIGINT, FLOAT, INT, MONEY, decimal } from '../types/ms-types.js';
import { pgBaseType } from '../values/storage.js';
import type { FunctionPrinter, Functions } from './call.js';
import { argument, args } from './call.js';
import { printWindow } from './windows.js';

function count(type: MsType): FunctionPrinter {
  return (call, context) => {
    const inner = call.star ? '*' : distinct(call, argument(args(call, context, 1), 0));
    const sql = `count(${inner})${over(call, context)}`;
    return { sql: type === INT ? `(${sql})::integer` : sql, type, nullable: false };
  };
}

/** DISTINCT compares by the collation of the column, as PostgreSQL does; constants have none. */
function distinct(call: Call, of: Printed): string {
  if (!call.distinct) return of.sql;
  const bare = of.collating === undefined && family(of.type) === 'string';
  return `DISTINCT ${bare ? collated(of.sql, of.type.collation) : of.sql}`;
}

function over(call: Call, context: PrintContext): string {
  return call.over === null ? '' : ` OVER (${printWindow(call.over, context)})`;
}

const sum: FunctionPrinter = (call, context) => {
  const of = argument(args(call, context, 1), 0);
  const type = sumType(of.type);
  const sql = `sum(${distinct(call, of)})${over(call, context)}`;
  return { sql: `(${sql})::${pgBaseType(type)}`, type, nullable: true };
};

function sumType(type: MsType): MsType {
  switch (type.name) {
    case 'tinyint':
    case 'smallint':
    case 'int':
      return INT;
    case 'bigint':
      return BIGINT;
    case 'decimal':
      return decimal(38, type.scale);
    case 'money':
    case 'smallmoney':
      return MONEY;
    case 'float':
    case 'real':
      return FLOAT;
    default:
      throw new SqlError(8117, `Operand data type ${type.name} is invalid for sum operator.`);
  }
}

const avg: FunctionPrinter = (call, context) => {
  const of = argument(args(call, context, 1), 0);
  const total = sumType(of.type);
  const type = total.name === 'decimal' ? decimal(38, Math.max(6, total.scale)) : total;
  const mean = `avg(${distinct(call, of)})${over(call, context)}`;
  const sql = family(type) === 'integer' ? `trunc(${mean})` : `(${mean})`;
  return { sql: `${sql}::${pgBaseType(type)}`, type, nullable: true };
};

function extreme(fn: 'min' | 'max'): FunctionPrinter {
  return (call, context) => {
    const of = argument(args(call, context, 1), 0);
    if (of.type.name === 'sql_variant' || of.type.name === 'datetimeoffset') {
      throw notModelled(`${fn.toUpperCase()} of ${of.type.name}`);
    }
    // PostgreSQL has no least uuid, but its text orders in the same way.
    const isId = of.type.name === 'uniqueidentifier';
    const sql = `${fn}(${isId ? `(${of.sql})::text` : of.sql})${over(call, context)}`;
    const collating = of.collating === undefined ? {} : { collating: of.collating };
    return { sql: isId ? `(${sql})::uuid` : sql, type: of.type, nullable: true, ...collating };
  };
}

export const AGGREGATES: Functions = {
  count: count(INT),
  count_big: count(BIGINT),
  sum,
  avg,
  min: extreme('min'),
  max: extreme('max'),
};
