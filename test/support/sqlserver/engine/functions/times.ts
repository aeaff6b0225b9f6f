/**
 * What counts in parts of times, and keeps their types (test/conformance/sqlserver/times: "keeps
 * the type and the digits of what it is given", test/conformance/sqlserver/times: "counts the
 * borders between two times", test/conformance/sqlserver/times: "keeps the moment").
 */
import { notModelled } from '../not-modelled.js';
import { convert } from '../print/convert.js';
import { localTime } from '../print/convert-time.js';
import type { Printed } from '../print/printed.js';
import { family } from '../types/families.js';
import { DATETIME, INT, datetime2, datetimeoffset, nvarchar } from '../types/ms-types.js';
import type { FunctionPrinter, Functions } from './call.js';
import { argument, bigint, result, word } from './call.js';
import { printExpression } from '../print/expression.js';

const PARTS: Readonly<Record<string, string>> = {
  year: 'year',
  yyyy: 'year',
  yy: 'year',
  quarter: 'quarter',
  qq: 'quarter',
  q: 'quarter',
  month: 'month',
  mm: 'month',
  m: 'month',
  dayofyear: 'dayofyear',
  dy: 'dayofyear',
  day: 'day',
  dd: 'day',
  d: 'day',
  week: 'week',
  wk: 'week',
  ww: 'week',
  iso_week: 'iso_week',
  isowk: 'iso_week',
  weekday: 'weekday',
  dw: 'weekday',
  hour: 'hour',
  hh: 'hour',
  minute: 'minute',
  mi: 'minute',
  n: 'minute',
  second: 'second',
  ss: 'second',
  s: 'second',
  millisecond: 'millisecond',
  ms: 'millisecond',
  microsecond: 'microsecond',
  mcs: 'microsecond',
  nanosecond: 'nanosecond',
  ns: 'nanosecond',
  tzoffset: 'tzoffset',
  tz: 'tzoffset',
};

function part(name: string, but: readonly string[]): string {
  const found = PARTS[name];
  if (found === undefined || but.includes(found)) throw notModelled(`date part ${name}`);
  return found;
}

/** A string as what functions of time take it for. */
function timed(printed: Printed): Printed {
  if (family(printed.type) === 'datetime') return printed;
  return convert(printed, family(printed.type) === 'string' ? datetime2(7) : DATETIME);
}

/** UTC for datetimeoffset: differences are those of the instants. */
function moment(printed: Printed): string {
  return printed.type.name === 'datetimeoffset' ? `left(${printed.sql}, 27)` : localTime(printed);
}

const dateadd: FunctionPrinter = (call, context) => {
  const name = part(word(call.args[0]), ['weekday', 'iso_week', 'tzoffset']);
  const [n, value] = call.args.slice(1).map((each) => printExpression(each, context));
  const by = n ?? argument([], 1);
  const given = value ?? argument([], 2);
  const time = family(given.type) === 'string' ? convert(given, DATETIME) : timed(given);
  const unit = name === 'dayofyear' ? 'day' : name;
  const moved = `ss.dateadd('${unit}', ${bigint(by)}, ${moment(time)})`;
  const sql = back(moved, time);
  return { ...result(sql, time.type, [by, time]), nullable: true };
};

/** From a whole local time to the type that came in. */
function back(sql: string, time: Printed): string {
  switch (time.type.name) {
    case 'date':
      return `left(${sql}, 10)`;
    case 'time':
      return `substr(${sql}, 12)`;
    case 'datetime':
      return `ss.as_datetime(${sql})`;
    case 'datetimeoffset':
      return `(${sql} || substr(${time.sql}, 28))`;
    default:
      return `ss.rounded(${sql}, ${String(time.type.scale)})`;
  }
}

const datediff: FunctionPrinter = (call, context) => {
  const name = part(word(call.args[0]), ['weekday', 'iso_week', 'tzoffset']);
  const unit = name === 'dayofyear' ? 'day' : name;
  const sides = call.args.slice(1).map((each) => timed(printExpression(each, context)));
  const [from = '', to = ''] = sides.map((side) => `ss.boundary('${unit}', ${moment(side)})`);
  return result(`(${to} - ${from})::integer`, INT, sides);
};

function partOf(name: string, value: Printed): Printed {
  const time = timed(value);
  const sql =
    name === 'tzoffset'
      ? `ss.minutes(${time.type.name === 'datetimeoffset' ? `substr(${time.sql}, 28)` : "'+00:00'"})`
      : `ss.datepart('${name}', ${localTime(time)})`;
  return result(sql, INT, [value]);
}

const datepart: FunctionPrinter = (call, context) => {
  const name = part(word(call.args[0]), ['week']);
  const value = call.args[1];
  if (value === undefined) return argument([], 1);
  return partOf(name, printExpression(value, context));
};

const datename: FunctionPrinter = (call, context) => {
  const printed = datepart(call, context);
  const name = word(call.args[0]);
  if (['month', 'mm', 'm', 'weekday', 'dw'].includes(name)) throw notModelled(`DATENAME ${name}`);
  return convert(printed, nvarchar(30, context.statement.database.collation));
};

const switchoffset: FunctionPrinter = (call, context) => {
  const [value, zone] = call.args.map((each) => printExpression(each, context));
  const of = convert(value ?? argument([], 0), datetimeoffset(7));
  const by = zone ?? argument([], 1);
  if (family(by.type) !== 'string') throw notModelled('an offset that is not a string');
  const sql = `(left(${of.sql}, 27) || ss.t(${by.sql}))`;
  return { ...result(sql, datetimeoffset((value ?? of).type.scale), [of, by]), nullable: true };
};

export const TIMES: Functions = {
  dateadd,
  datediff,
  datepart,
  datename,
  switchoffset,
};
