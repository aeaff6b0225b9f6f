import type { TargetColumn } from '../apply/target-table.js';
import { variantText } from '../types/variant-sql.js';

/**
 * A value in a form in which two are equal only if they are the same to the last bit: strings
 * without their collation, moments with their offset, numbers of sql_variant with their type.
 */
export function sameForm({ type }: Pick<TargetColumn, 'type'>, column: string): string {
  switch (type.name) {
    case 'char':
    case 'varchar':
    case 'nchar':
    case 'nvarchar':
    case 'hierarchyid':
    case 'geography':
    case 'geometry':
    case 'image':
      return `CONVERT(varbinary(max), ${column})`;
    case 'text':
      return `CONVERT(varbinary(max), CONVERT(varchar(max), ${column}))`;
    case 'ntext':
    case 'xml':
      return `CONVERT(varbinary(max), CONVERT(nvarchar(max), ${column}))`;
    case 'sql_variant':
      return `CONVERT(varbinary(max), ${variantText(column)})`;
    case 'datetimeoffset':
      return `CONVERT(varchar(34), ${column}, 121)`;
    case 'float':
      return `CONVERT(binary(8), ${column})`;
    case 'real':
      return `CONVERT(binary(4), ${column})`;
    default:
      return column;
  }
}
