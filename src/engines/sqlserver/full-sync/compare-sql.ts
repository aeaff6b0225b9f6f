import type { TargetColumn } from '../apply/target-table.js';
import { typeText } from '../catalog/type-text.js';
import { variantText } from '../types/variant-sql.js';

/**
 * A value in a form in which two are equal only if they are the same to the last bit: strings
 * without their collation, moments with their offset (test/conformance/sqlserver/nulls-and-numbers:
 * "compares instants, and keeps its offset"), numbers of sql_variant with their type.
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

/** Whether values that are equal to the server may be different ones: case, blanks, an offset. */
export function isLooselyEqual(column: Pick<TargetColumn, 'type'>): boolean {
  return sameForm(column, 'v') !== 'v';
}

const TEXTS: ReadonlySet<string> = new Set(['char', 'varchar', 'nchar', 'nvarchar']);

/**
 * Two texts are the same, blanks at the end included: `=` does not look at those, by no collation
 * (test/conformance/sqlserver/strings: "comparison of strings"). Null for other types. `value` may
 * be longer than the column; one of a fixed length is filled up as the column is.
 */
export function sameText(
  { type }: Pick<TargetColumn, 'type'>,
  column: string,
  value: string,
): string | null {
  if (!TEXTS.has(type.name)) return null;
  const isFixed = !type.name.includes('var');
  const filled = isFixed ? `CONVERT(${typeText(type)}, ${value})` : value;
  return `CONVERT(varbinary(max), ${column}) = CONVERT(varbinary(max), ${filled})`;
}
