/**
 * Operators: the type and the digits of the result (test/conformance/sqlserver/nulls-and-numbers:
 * "CAST(10 AS decimal(5, 2)) * CAST(2 AS decimal(5, 3))",
 * test/conformance/sqlserver/nulls-and-numbers: "CAST(1 AS decimal(38, 10)) / 3",
 * test/conformance/sqlserver/strings: "LEFT(N'abc', 2) + RIGHT(N'abc', 1)").
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { Arithmetic } from '../../tsql/ast.js';
import { asDecimal, commonType } from '../types/common-type.js';
import { family, isNational, units } from '../types/families.js';
import { binary, decimal, string } from '../types/ms-types.js';
import { pgBaseType } from '../values/storage.js';
import { strongest, winning } from './compare.js';
import { convert } from './convert.js';
import { digits } from './literal.js';
import type { Printed } from './printed.js';

type Op = Arithmetic['op'];

export function printArithmetic(op: Op, left: Printed, right: Printed): Printed {
  const [a, b] = withoutNull(left, right);
  const nullable = a.nullable || b.nullable;
  const kinds = [family(a.type), family(b.type)];
  if (op === '+' && kinds.every((kind) => kind === 'string')) return { ...joined(a, b), nullable };
  if (op === '+' && kinds.every((kind) => kind === 'binary')) {
    const type = binary('varbinary', summed(units(a.type), units(b.type), 8000));
    return { sql: `(${a.sql} || ${b.sql})`, type, nullable };
  }
  if (op === '&' || op === '|' || op === '^') return { ...bitwise(op, a, b), nullable };
  return { ...computed(op, a, b), nullable };
}

function withoutNull(left: Printed, right: Printed): [Printed, Printed] {
  if (left.isNull === true) return [convert(left, right.type), right];
  return right.isNull === true ? [left, convert(right, left.type)] : [left, right];
}

function joined(a: Printed, b: Printed): Printed {
  const national = isNational(a.type) || isNational(b.type);
  const size = summed(units(a.type), units(b.type), national ? 4000 : 8000);
  const collation = winning(a, b);
  const type = string(national ? 'nvarchar' : 'varchar', size, collation);
  const collating = strongest(a, b);
  const sql = `ss.cat(${a.sql}, ${b.sql})`;
  return { sql, type, nullable: true, ...(collating === undefined ? {} : { collating }) };
}

function summed(a: number, b: number, limit: number): number | 'max' {
  return a < 0 || b < 0 ? 'max' : Math.min(limit, a + b);
}

function bitwise(op: Op, a: Printed, b: Printed): Printed {
  const type = commonType(a.type, b.type);
  if (family(type) !== 'integer') throw mismatch(op, a.type, b.type);
  const sql = [a, b].map((side) => convert(side, type).sql).join(op === '^' ? ' # ' : ` ${op} `);
  return { sql: `(${sql})`, type, nullable: true };
}

function computed(op: Op, a: Printed, b: Printed): Printed {
  const type = resultType(op, a, b);
  const pg = pgBaseType(type);
  const [x, y] = [a, b].map((side) => operand(side, type));
  const expression = `${x ?? ''} ${op} ${y ?? ''}`;
  if (type.name !== 'decimal') return { sql: `(${expression})::${pg}`, type, nullable: true };
  // Division cuts after the last digit, the other operations round.
  const scale = String(type.scale);
  const sql =
    op === '/'
      ? `trunc((${x ?? ''})::numeric(500, 100) / ${y ?? ''}, ${scale})::${pg}`
      : `(${expression})::${pg}`;
  return { sql, type, nullable: true };
}

function operand(side: Printed, type: MsType): string {
  const numeric = ['integer', 'decimal', 'float'].includes(family(side.type));
  if (!numeric) return convert(side, type).sql;
  return family(type) === 'decimal' ? `${side.sql}::numeric` : `${side.sql}::${pgBaseType(type)}`;
}

function resultType(op: Op, a: Printed, b: Printed): MsType {
  const type = commonType(a.type, b.type);
  const kind = family(type);
  if (type.name === 'decimal') return decimalResult(op, decimalOf(a), decimalOf(b), type);
  if (kind === 'integer' || kind === 'float' || kind === 'decimal') {
    if (type.name === 'bit') throw mismatch(op, a.type, b.type);
    return type;
  }
  throw mismatch(op, a.type, b.type);
}

/** An integer constant has the digits that it shows. */
function decimalOf(side: Printed): { precision: number; scale: number } {
  if (side.literal !== undefined && family(side.type) === 'integer') {
    return { precision: digits(side.literal), scale: 0 };
  }
  if (family(side.type) === 'integer' || family(side.type) === 'decimal')
    return asDecimal(side.type);
  return { precision: 38, scale: 6 };
}

interface Size {
  readonly precision: number;
  readonly scale: number;
}

function decimalResult(op: Op, a: Size, b: Size, common: MsType): MsType {
  const whole = Math.max(a.precision - a.scale, b.precision - b.scale);
  switch (op) {
    case '*':
      return reduced(a.precision + b.precision + 1, a.scale + b.scale);
    case '/': {
      const scale = Math.max(6, a.scale + b.precision + 1);
      return reduced(a.precision - a.scale + b.scale + scale, scale);
    }
    case '+':
    case '-': {
      const scale = Math.max(a.scale, b.scale);
      const precision = whole + scale + 1;
      return precision > 38
        ? decimal(38, Math.max(0, Math.min(scale, 38 - whole)))
        : decimal(precision, scale);
    }
    default:
      return common;
  }
}

/** More than 38 digits: the scale gives way, down to six. */
function reduced(precision: number, scale: number): MsType {
  if (precision <= 38) return decimal(precision, scale);
  const whole = precision - scale;
  if (whole < 32) return decimal(38, Math.min(scale, 38 - whole));
  return decimal(38, Math.min(scale, 6));
}

function mismatch(op: Op, a: MsType, b: MsType): SqlError {
  const words = { '+': 'add', '-': 'subtract', '*': 'multiply', '/': 'divide', '%': 'modulo' };
  const word = op in words ? words[op as keyof typeof words] : op;
  if (family(a) === 'integer' || family(b) === 'integer' || a.name === b.name) {
    return new SqlError(8117, `Operand data type ${a.name} is invalid for ${word} operator.`);
  }
  return new SqlError(
    402,
    `The data types ${a.name} and ${b.name} are incompatible in the ${word} operator.`,
  );
}
