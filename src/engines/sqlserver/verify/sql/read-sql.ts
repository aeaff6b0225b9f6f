import { quoteIdent } from '../../sql/quote.js';
import { readSql } from '../../types/read-sql.js';
import type { TypedColumn } from '../../types/staging.js';

/**
 * A column so that the canonical text can be made of it: digits and times as text, moments with an
 * offset in UTC (test/conformance/sqlserver/times: "is switched by SWITCHOFFSET, which keeps the
 * moment"), all else as it is.
 */
export function canonicalRead(
  { name, type }: Pick<TypedColumn, 'name' | 'type'>,
  alias: string,
): string {
  const column = `${alias}.${quoteIdent(name)}`;
  switch (type.name) {
    case 'decimal':
    case 'numeric':
      // Without a scale there is nothing to trim: a point keeps the zeros in front of it.
      return type.scale === 0
        ? `CONVERT(varchar(41), ${column}) + '.'`
        : `CONVERT(varchar(41), ${column})`;
    case 'money':
    case 'smallmoney':
      return `CONVERT(varchar(30), ${column}, 2)`;
    case 'float':
      return column;
    case 'real':
      return `CONVERT(float, ${column})`;
    case 'date':
      return `CONVERT(varchar(10), ${column}, 121)`;
    case 'time':
      return `CONVERT(varchar(16), ${column}, 121)`;
    case 'datetime':
      return `CONVERT(varchar(23), ${column}, 121)`;
    case 'smalldatetime':
      return `CONVERT(varchar(19), CONVERT(datetime2(0), ${column}), 121)`;
    case 'datetime2':
      return `CONVERT(varchar(27), ${column}, 121)`;
    case 'datetimeoffset':
      return `CONVERT(varchar(27), CONVERT(datetime2(${String(type.scale)}), SWITCHOFFSET(${column}, '+00:00')), 121)`;
    case 'sql_variant':
      return readSql(type, column);
    default:
      return column;
  }
}
