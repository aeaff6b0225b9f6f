/**
 * Constants, whose type is what they look like (test/conformance/sqlserver/nulls-and-numbers:
 * "CONVERT(varchar(20), 2.0 / 3)", test/conformance/sqlserver/nulls-and-numbers: "2147483647 + 1").
 */
import type { Literal } from '../../tsql/ast.js';
import { FLOAT, INT, MONEY, binary, decimal, string } from '../types/ms-types.js';
import { escapeText } from '../values/escape.js';
import type { Printed } from './printed.js';

export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function printLiteral(literal: Literal, collation: string): Printed {
  switch (literal.kind) {
    case 'null':
      return { sql: 'NULL', type: INT, nullable: true, isNull: true };
    case 'binary': {
      const type = binary('varbinary', Math.max(1, literal.value.length));
      return constant(`'\\x${literal.value.toString('hex')}'::bytea`, type, '');
    }
    case 'number':
      return printNumber(literal.type, literal.text);
    case 'string': {
      const { value, unicode } = literal;
      const limit = unicode ? 4000 : 8000;
      const size = value.length > limit ? 'max' : Math.max(1, value.length);
      const type = string(unicode ? 'nvarchar' : 'varchar', size, collation);
      return constant(`${quote(escapeText(value))}::bpchar`, type, value);
    }
  }
}

/** `text` may have a sign: -2147483648 is an int. */
export function printNumber(
  kind: 'integer' | 'decimal' | 'float' | 'money',
  text: string,
): Printed {
  const sql = `(${text})`;
  switch (kind) {
    case 'float':
      return constant(`${sql}::double precision`, FLOAT, text);
    case 'money':
      return constant(`(${text.replace('$', '')})::numeric(19,4)`, MONEY, text);
    case 'integer': {
      const value = BigInt(text);
      if (value >= -2147483648n && value <= 2147483647n) return constant(sql, INT, text);
      return constant(`${sql}::numeric`, decimal(digits(text), 0), text);
    }
    case 'decimal': {
      const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
      const precision = Math.max(1, whole.replace(/^0+/, '').length + fraction.length);
      return constant(`${sql}::numeric`, decimal(precision, fraction.length), text);
    }
  }
}

export function digits(text: string): number {
  return Math.max(1, text.replace(/^[+-]?0*/, '').length);
}

function constant(sql: string, type: Printed['type'], literal: string): Printed {
  return { sql, type, nullable: false, literal };
}
