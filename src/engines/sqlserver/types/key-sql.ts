import type { MsType } from '../catalog/model.js';
import { typeText } from '../catalog/type-text.js';
import { cellOf } from './cell-of.js';
import { isRaw } from './neutral-of.js';
import type { TypedColumn } from './staging.js';

/** Key values travel as text: bytes as hex digits, all else as the wire has it. */
export function keyText(column: TypedColumn): (value: unknown) => string | null {
  const cell = cellOf(column.type, column.name, 'sqlserver');
  const raw = isRaw(column.type);
  return (value) => cell(value)?.toString(raw ? 'hex' : 'utf8') ?? null;
}

/** Types that no index takes as a key, or whose texts do not lead back to them. */
const NO_KEY: ReadonlySet<string> = new Set([
  ...['text', 'ntext', 'image', 'xml', 'sql_variant', 'geography', 'geometry'],
]);

export function canBeKey(type: MsType): boolean {
  return !NO_KEY.has(type.name) && type.maxLength !== -1;
}

const STYLES: Readonly<Record<string, string>> = {
  ...{ binary: ', 2', varbinary: ', 2', timestamp: ', 2' },
  ...{ date: ', 121', datetime: ', 121', smalldatetime: ', 121' },
  ...{ datetime2: ', 121', datetimeoffset: ', 121' },
};

/**
 * A key text as a value of exactly the column's type, so that the server seeks and compares by the
 * column's own order, which is not that of the texts (test/conformance/sqlserver/nulls-and-numbers:
 * "sorts by its last six bytes first"). `text` is an nvarchar parameter.
 */
export function keySql(column: TypedColumn, text: string): string {
  const { name, maxLength } = column.type;
  switch (name) {
    case 'char':
    case 'varchar':
      // The collation says in which code page the text is written
      // (test/conformance/sqlserver/strings: "loses in varchar what its code page has not").
      return `CONVERT(${typeText(column.type)}, ${text} COLLATE ${collationOf(column)})`;
    case 'hierarchyid':
      return `CONVERT(hierarchyid, CONVERT(varbinary(892), ${text}, 2))`;
    case 'timestamp':
      return `CONVERT(binary(${maxLength}), ${text}, 2)`;
    default:
      return `CONVERT(${typeText(column.type)}, ${text}${STYLES[name] ?? ''})`;
  }
}

function collationOf(column: TypedColumn): string {
  const name = column.collation ?? 'DATABASE_DEFAULT';
  if (/^\w+$/.test(name)) return name;
  throw new TypeError(`The collation of ${column.name} has no plain name.`);
}
