/**
 * ISNULL and COALESCE: which value, and of which type (test/conformance/sqlserver/strings:
 * "ISNULL(CAST(NULL AS varchar(2)), 'abc')", test/conformance/sqlserver/changes: "update and delete
 * by an outer join").
 */
import { convert } from '../print/convert.js';
import { commonOf } from '../types/common-type.js';
import type { FunctionPrinter, Functions } from './call.js';
import { argument, args, result } from './call.js';

/** The first argument's type, whatever the second is. */
const isnull: FunctionPrinter = (call, context) => {
  const printed = args(call, context, 2);
  const [first, second] = [argument(printed, 0), argument(printed, 1)];
  const type = first.isNull === true ? second.type : first.type;
  const sql = `coalesce(${convert(first, type).sql}, ${convert(second, type).sql})`;
  return { ...result(sql, type, printed), nullable: second.nullable };
};

const coalesce: FunctionPrinter = (call, context) => {
  const printed = args(call, context, 2, 100);
  const type = commonOf(printed);
  const sql = `coalesce(${printed.map((each) => convert(each, type).sql).join(', ')})`;
  return { ...result(sql, type, printed), nullable: printed.every(({ nullable }) => nullable) };
};

export const CHOICES: Functions = { isnull, coalesce };
