/**
 * Functions of numbers: the type of the result is that of the argument
 * (test/conformance/sqlserver/nulls-and-numbers: "FLOOR(-2.5)",
 * test/conformance/sqlserver/nulls-and-numbers: "CONVERT(varchar(10), ROUND(CAST(2.345 AS
 * decimal(5, 3)), 2))", test/conformance/sqlserver/nulls-and-numbers: "POWER(2, 10)").
 */
import type { MsType } from '../../backend.js';
import { convert } from '../print/convert.js';
import { family } from '../types/families.js';
import { FLOAT, decimal } from '../types/ms-types.js';
import { pgBaseType } from '../values/storage.js';
import type { FunctionPrinter, Functions } from './call.js';
import { argument, args, int, result } from './call.js';
import type { Printed } from '../print/printed.js';

/** What is no number becomes float. */
function number(printed: Printed): Printed {
  const kind = family(printed.type);
  if (kind === 'integer' || kind === 'decimal' || kind === 'float') return printed;
  return convert(printed, FLOAT);
}

const abs: FunctionPrinter = (call, context) => {
  const x = number(argument(args(call, context, 1), 0));
  return result(`abs(${x.sql})`, x.type, [x]);
};

function whole(fn: 'floor' | 'ceiling'): FunctionPrinter {
  return (call, context) => {
    const x = number(argument(args(call, context, 1), 0));
    const type = x.type.name === 'decimal' ? decimal(x.type.precision, 0) : x.type;
    const sql = family(x.type) === 'integer' ? x.sql : `${fn}(${x.sql})::${pgBaseType(type)}`;
    return result(sql, type, [x]);
  };
}

const round: FunctionPrinter = (call, context) => {
  const printed = args(call, context, 2, 3);
  const x = number(argument(printed, 0));
  const cut = printed[2] === undefined ? '0' : int(printed[2]);
  const type: MsType = x.type;
  const sql = `ss.round((${x.sql})::numeric, ${int(argument(printed, 1))}, ${cut})::${pgBaseType(type)}`;
  return result(sql, type, printed);
};

const power: FunctionPrinter = (call, context) => {
  const printed = args(call, context, 2).map(number);
  const [x, y] = [argument(printed, 0), argument(printed, 1)];
  const [a, b] = [x, y].map(({ sql }) => `(${sql})::double precision`);
  const type = x.type.name === 'decimal' ? decimal(38, x.type.scale) : x.type;
  return result(`power(${a ?? ''}, ${b ?? ''})::${pgBaseType(type)}`, type, printed);
};

export const NUMBERS: Functions = {
  abs,
  floor: whole('floor'),
  ceiling: whole('ceiling'),
  round,
  power,
};
