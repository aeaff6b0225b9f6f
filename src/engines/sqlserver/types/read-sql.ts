import type { MsType } from '../catalog/model.js';
import { variantText } from './variant-sql.js';

/** An nvarchar that is not max holds so many characters. */
const MAX_NVARCHAR = 4000;
/** The driver keeps milliseconds. */
const DRIVER_DIGITS = 3;

/**
 * The expression that reads a column so that the driver loses nothing of it. Only what it would
 * change is converted: a conversion of every column costs two thirds of the speed. The styles are
 * those that keep every digit (test/conformance/sqlserver/convert: "CONVERT to a string").
 *
 * @param column a quoted column, with its table's alias where there is one
 */
export function readSql(type: MsType, column: string): string {
  switch (type.name) {
    case 'decimal':
    case 'numeric':
      return `CONVERT(varchar(41), ${column})`;
    case 'money':
    case 'smallmoney':
      return `CONVERT(varchar(30), ${column}, 2)`;
    case 'time':
      return type.scale <= DRIVER_DIGITS ? column : `CONVERT(varchar(16), ${column}, 121)`;
    case 'datetime2':
      return type.scale <= DRIVER_DIGITS ? column : `CONVERT(varchar(27), ${column}, 121)`;
    case 'datetimeoffset':
      return `CONVERT(varchar(34), ${column}, 121)`;
    case 'char':
    case 'varchar':
      // The server knows its code pages to the last byte, the driver does not.
      return `CONVERT(${nvarcharOf(type.maxLength)}, ${column})`;
    case 'text':
    case 'xml':
      return `CONVERT(nvarchar(max), ${column})`;
    case 'hierarchyid':
      return `CONVERT(varbinary(892), ${column})`;
    case 'geography':
    case 'geometry':
      return `CONVERT(varbinary(max), ${column})`;
    case 'sql_variant':
      return variantText(column);
    default:
      return column;
  }
}

function nvarcharOf(bytes: number): string {
  return bytes < 0 || bytes > MAX_NVARCHAR ? 'nvarchar(max)' : `nvarchar(${bytes})`;
}
