import { isMeasured } from '../../../../core/canonical.js';
import { canonicalKind } from '../canonical-kind.js';
import type { VerifyColumn } from '../verify-columns.js';
import { canonicalRead } from './read-sql.js';

/**
 * Bytes of varchar under this collation are UTF-8; SQL Server 2019 and later
 * (test/conformance/sqlserver/hashbytes: "reads a UTF-8 collation as UTF-8").
 */
export const UTF8 = 'Latin1_General_100_BIN2_UTF8';

/**
 * The canonical text of several columns (see core/canonical.ts) as varchar(max) in UTF-8.
 *
 * @param alias of the row
 */
export function canonicalRowSql(columns: readonly VerifyColumn[], alias: string): string {
  const cells = columns.map((column) => canonicalCellSql(column, alias));
  return [`CONVERT(varchar(max), '' COLLATE ${UTF8})`, ...cells].join('\n + ');
}

function canonicalCellSql(column: VerifyColumn, alias: string): string {
  const text = canonicalTextSql(column, alias);
  if (!isMeasured(column.kind)) return `ISNULL(${text} + ';', '~;')`;
  return `ISNULL(CONVERT(varchar(11), DATALENGTH(${text})) + ':' + ${text} + ';', '~;')`;
}

function canonicalTextSql(column: VerifyColumn, alias: string): string {
  const read = column.asText === true ? column.read(alias) : canonicalRead(column, alias);
  switch (column.kind) {
    case 'decimal':
      return isText(column) ? numberText(read) : trimZeros(read);
    case 'time':
      return column.type.scale === 0 ? read : trimZeros(read);
    case 'timestamp':
      return momentText(column, read);
    case 'float':
      return lower(`CONVERT(varchar(16), CONVERT(binary(8), ${read}), 2)`);
    case 'uuid':
      return lower(`CONVERT(varchar(36), ${read})`);
    case 'binary':
      return lower(`CONVERT(varchar(max), CONVERT(varbinary(max), ${read}), 2)`);
    case 'fixed':
      return `CONVERT(varchar(max), RTRIM(CONVERT(nvarchar(max), ${read})) COLLATE ${UTF8})`;
    case 'text':
    case 'json':
      return `CONVERT(varchar(max), CONVERT(nvarchar(max), ${read}) COLLATE ${UTF8})`;
    default:
      return `CONVERT(varchar(20), ${read})`;
  }
}

/** Of hex digits; in the one collation of the whole text. */
function lower(text: string): string {
  return `LOWER(${text}) COLLATE ${UTF8}`;
}

function isText({ type }: VerifyColumn): boolean {
  return canonicalKind(type) === 'text';
}

/** A number of any length, kept as text: 100 has no zeros to lose. */
function numberText(read: string): string {
  const text = `CONVERT(varchar(max), CONVERT(nvarchar(max), ${read}) COLLATE ${UTF8})`;
  return `CASE WHEN CHARINDEX('.', ${text}) > 0 THEN ${trimZeros(text)} ELSE ${text} END`;
}

/** The blank between date and time must not be taken for a zero. */
function momentText({ type }: VerifyColumn, read: string): string {
  const whole = type.name !== 'datetime' && type.scale === 0;
  return whole ? read : `REPLACE(${trimZeros(`REPLACE(${read}, ' ', 'T')`)}, 'T', ' ')`;
}

/** Digits behind a point without the zeros at their end, and without the point after which none are left. */
function trimZeros(text: string): string {
  const trimmed = `REPLACE(RTRIM(REPLACE(${text}, '0', ' ')), ' ', '0')`;
  return `REPLACE(REPLACE(${trimmed} + '|', '.|', '|'), '|', '')`;
}
