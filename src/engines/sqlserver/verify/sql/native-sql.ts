import { quoteIdent } from '../../sql/quote.js';
import { readSql } from '../../types/read-sql.js';
import type { VerifyColumn } from '../verify-columns.js';

/**
 * Several columns as bytes that are equal only for rows whose values are the same to the last bit;
 * for comparing with another SQL Server of any version. Each value goes with its length in front,
 * so that values that run into each other differ, and so do NULL and an empty one. What bytes a
 * number has: test/conformance/sqlserver/convert: "CONVERT between numbers and bytes".
 */
export function nativeRowSql(columns: readonly VerifyColumn[], alias: string): string {
  const cells = columns.map((column) => {
    const bytes = nativeBytesSql(column, `${alias}.${quoteIdent(column.name)}`);
    return `ISNULL(0x01 + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(${bytes}))) + ${bytes}, 0x00)`;
  });
  return ['CONVERT(varbinary(max), 0x)', ...cells].join('\n + ');
}

function nativeBytesSql({ type }: VerifyColumn, column: string): string {
  switch (type.name) {
    case 'bit':
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return `CONVERT(varbinary(8), CONVERT(bigint, ${column}))`;
    case 'float':
    case 'real':
      return `CONVERT(varbinary(8), CONVERT(binary(8), CONVERT(float, ${column})))`;
    case 'uniqueidentifier':
      return `CONVERT(varbinary(16), ${column})`;
    case 'date':
      return `CONVERT(varbinary(10), CONVERT(varchar(10), ${column}, 121))`;
    case 'time':
    case 'datetime':
    case 'smalldatetime':
    case 'datetime2':
      return `CONVERT(varbinary(27), CONVERT(varchar(27), ${column}, 121))`;
    case 'decimal':
    case 'numeric':
    case 'money':
    case 'smallmoney':
    case 'datetimeoffset':
      return `CONVERT(varbinary(41), ${readSql(type, column)})`;
    case 'binary':
    case 'varbinary':
    case 'image':
    case 'timestamp':
    case 'hierarchyid':
    case 'geography':
    case 'geometry':
      return `CONVERT(varbinary(max), ${column})`;
    default:
      return `CONVERT(varbinary(max), CONVERT(nvarchar(max), ${readSql(type, column)}))`;
  }
}
