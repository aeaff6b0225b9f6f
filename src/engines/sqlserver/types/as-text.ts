import type { MsType } from '../catalog/model.js';
import { readSql } from './read-sql.js';

/**
 * Types with values that other engines may lack room for: a seventh digit of a second, the offset of
 * a moment, more digits than a number has elsewhere.
 */
const WITH_TEXT: Readonly<Record<string, (column: string) => string>> = {
  time: (column) => `CONVERT(nvarchar(16), ${column}, 121)`,
  datetime2: (column) => `CONVERT(nvarchar(27), ${column}, 121)`,
  datetimeoffset: (column) => `CONVERT(nvarchar(34), ${column}, 121)`,
};

/** What a column that travels as text is from here on, to whoever reads its values. */
const TEXT_TYPE: MsType = { name: 'nvarchar', maxLength: -1, precision: 0, scale: 0 };

export function hasText(type: MsType): boolean {
  return type.name in WITH_TEXT;
}

/**
 * The value with all its digits, from a copy, a feed and a digest alike
 * (test/conformance/sqlserver/convert: "CONVERT to a string").
 *
 * @param column a quoted column, with its table's alias where there is one
 */
export function textSql(type: MsType, column: string): string {
  return WITH_TEXT[type.name]?.(column) ?? column;
}

/** How a column leaves its server. */
export interface Sent {
  /** What its values are to whoever reads them. */
  readonly type: MsType;
  /** Reads it, from a quoted column with its table's alias where there is one. */
  readonly read: (column: string) => string;
}

export function sentAs(type: MsType, asText: boolean): Sent {
  return asText
    ? { type: TEXT_TYPE, read: (column) => textSql(type, column) }
    : { type, read: (column) => readSql(type, column) };
}
