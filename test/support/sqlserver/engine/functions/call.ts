/**
 * What the printers of functions share: arguments, and what is no string as one
 * (test/conformance/sqlserver/strings: "CONCAT(1, NULL, N'x'").
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { Call, Expression } from '../../tsql/ast.js';
import { notModelled } from '../not-modelled.js';
import { strongest } from '../print/compare.js';
import type { PrintContext } from '../print/context.js';
import { convert } from '../print/convert.js';
import { printExpression } from '../print/expression.js';
import type { Printed } from '../print/printed.js';
import { family } from '../types/families.js';
import { INT, nvarchar, varchar } from '../types/ms-types.js';

export type FunctionPrinter = (call: Call, context: PrintContext) => Printed;
export type Functions = Readonly<Record<string, FunctionPrinter>>;

/** The arguments, printed; 174 where their number is wrong. */
export function args(call: Call, context: PrintContext, from: number, to = from): Printed[] {
  if (call.args.length < from || call.args.length > to) {
    const name = call.name.at(-1) ?? '';
    throw new SqlError(174, `The ${name} function requires ${String(from)} argument(s).`, {
      level: 15,
    });
  }
  return call.args.map((arg) => printExpression(arg, context));
}

export function argument(printed: readonly Printed[], at: number): Printed {
  const found = printed[at];
  if (found === undefined) throw new Error(`argument ${String(at)} is missing`);
  return found;
}

/** As a string, so that its characters can be read; what is one already keeps its type. */
export function text(printed: Printed, context: PrintContext): Printed {
  const kind = family(printed.type);
  if (kind === 'string' && printed.isNull !== true) return printed;
  if (kind === 'xml') throw notModelled(`a string function of xml`);
  const { collation } = context.statement.database;
  const type =
    printed.type.name === 'sql_variant' ? nvarchar(4000, collation) : varchar(8000, collation);
  return convert(printed, type);
}

export function int(printed: Printed): string {
  return convert(printed, INT).sql;
}

export function bigint(printed: Printed): string {
  return `(${printed.sql})::bigint`;
}

/** NULL as soon as one argument is. */
export function result(sql: string, type: MsType, from: readonly Printed[]): Printed {
  const collating = type.collation === null ? undefined : strongest(...from);
  return {
    sql,
    type,
    nullable: from.length === 0 ? false : from.some(({ nullable }) => nullable),
    ...(collating === undefined ? {} : { collating }),
  };
}

/** A bare word as argument: `day` in DATEADD(day, …). */
export function word(expression: Expression | undefined): string {
  if (expression?.kind !== 'column') throw notModelled('a date part that is not a word');
  return (expression.name.at(-1) ?? '').toLowerCase();
}
