/** The type of what several expressions meet in: CASE, COALESCE, UNION, comparisons, operators. */
import type { MsType } from '../../backend.js';
import type { Printed } from '../print/printed.js';
import { family, isNational, precedence, units } from './families.js';
import { INT, binary, datetime2, datetimeoffset, decimal, string, time } from './ms-types.js';

/** Digits that a number needs as a decimal. */
export function asDecimal(type: MsType): { precision: number; scale: number } {
  switch (type.name) {
    case 'bit':
      return { precision: 1, scale: 0 };
    case 'tinyint':
      return { precision: 3, scale: 0 };
    case 'smallint':
      return { precision: 5, scale: 0 };
    case 'int':
      return { precision: 10, scale: 0 };
    case 'bigint':
      return { precision: 19, scale: 0 };
    default:
      return { precision: type.precision, scale: type.scale };
  }
}

export function commonType(left: MsType, right: MsType): MsType {
  const [high, low] = precedence(left) <= precedence(right) ? [left, right] : [right, left];
  if (high.name === 'decimal') return commonDecimal(high, low);
  if (family(high) === 'string' && family(low) === 'string') return commonString(high, low);
  if (family(high) === 'binary' && family(low) === 'binary') {
    if (high.name !== 'varbinary' && high.name !== 'binary') return high;
    const name = high.name === 'binary' && low.name === 'binary' ? 'binary' : 'varbinary';
    return binary(name, longer(units(high), units(low)));
  }
  if (high.name === 'datetime2') return datetime2(widerScale(high, low));
  if (high.name === 'datetimeoffset') return datetimeoffset(widerScale(high, low));
  if (high.name === 'time' && low.name === 'time') return time(widerScale(high, low));
  return high;
}

function commonDecimal(high: MsType, low: MsType): MsType {
  if (family(low) !== 'integer' && family(low) !== 'decimal') return high;
  const a = asDecimal(high);
  const b = asDecimal(low);
  const scale = Math.max(a.scale, b.scale);
  const whole = Math.max(a.precision - a.scale, b.precision - b.scale);
  return decimal(Math.min(38, whole + scale), scale);
}

function commonString(high: MsType, low: MsType): MsType {
  const size = longer(units(high), units(low));
  const fixed = ['char', 'nchar'].includes(high.name) && ['char', 'nchar'].includes(low.name);
  const national = isNational(high) || isNational(low);
  const name = national ? (fixed ? 'nchar' : 'nvarchar') : fixed ? 'char' : 'varchar';
  return string(name, size, high.collation ?? low.collation);
}

function longer(left: number, right: number): number | 'max' {
  return left < 0 || right < 0 ? 'max' : Math.max(left, right);
}

function widerScale(left: MsType, right: MsType): number {
  const scales = [left, right].filter((type) => family(type) === 'datetime').map(ownScale);
  return Math.max(...scales);
}

function ownScale(type: MsType): number {
  return type.name === 'date' || type.name === 'smalldatetime' ? 0 : type.scale;
}

/** Of several branches; the word NULL takes part only where there is nothing else. */
export function commonOf(printed: readonly Printed[]): MsType {
  const typed = printed.filter((each) => each.isNull !== true).map((each) => each.type);
  const [first, ...rest] = typed;
  return first === undefined ? INT : rest.reduce(commonType, first);
}
