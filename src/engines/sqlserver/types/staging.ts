import { SluiceError } from '../../../core/errors.js';
import type { MsType } from '../catalog/model.js';
import { typeText } from '../catalog/type-text.js';
import type { BulkType } from '../sql-session.js';
import { TEXT_REMEDY, VALUE_REMEDY } from '../../refusal-count.js';
import { variantValue } from './variant-sql.js';
import { decodeWide } from './wide-text.js';

/** A column of a target table as far as its values are concerned. */
export interface TypedColumn {
  readonly name: string;
  readonly type: MsType;
  readonly collation: string | null;
}

/** How a column's cells wait beside the table until the server puts them into it. */
export interface Staging {
  /** Type of the staging column in DDL, collation included. */
  readonly ddl: string;
  readonly bulk: { readonly type: BulkType; readonly length?: number | 'max' };
  /** A cell's bytes to what the driver sends. Throws ROW_REJECTED for what the type cannot hold. */
  readonly value: (cell: Buffer) => unknown;
  /** The same for a cell that lies from `start` to `end` of a longer buffer. */
  readonly read: ReadCell;
  /**
   * The value of the column from a staging column. Strings are assigned as they are: a conversion
   * would cut what is too long (test/conformance/sqlserver/convert: "cuts a string in silence"), the
   * assignment refuses it (test/conformance/sqlserver/strings: "11.2: refuses to cut it (2628)").
   *
   * @param heads the heads of variants that are staged, for sql_variant
   */
  readonly assign: (staged: string, heads: readonly string[]) => string;
}

type ReadCell = (data: Buffer, start: number, end: number) => unknown;

const MAX_NVARCHAR = 4000;
const MAX_VARBINARY = 8000;
const DIGIT_ONE = 0x31;
const TOO_LONG = 'is longer than the column';
const WHOLE = /^-?\d+$/;
const BIGINT = [-(2n ** 63n), 2n ** 63n - 1n] as const;
/** Fewer characters are always in its range. */
const BIGINT_CHARACTERS = 19;
const WHOLE_NUMBERS = {
  tinyint: [0, 255],
  smallint: [-32_768, 32_767],
  int: [-(2 ** 31), 2 ** 31 - 1],
} as const;

const LETTER = /[A-DF-Za-df-z]/;
const YEAR = /^\d{4}-/;

const itself = (staged: string) => staged;
const textOf = (data: Buffer, start: number, end: number) => data.toString('latin1', start, end);

export function stagingOf(column: TypedColumn): Staging {
  const made = makeStaging(column);
  return { ...made, value: (cell) => made.read(cell, 0, cell.length) };
}

type Made = Omit<Staging, 'value'>;

function makeStaging(column: TypedColumn): Made {
  const { name } = column.type;
  switch (name) {
    case 'bit':
      return typed('bit', (data, start) => data[start] === DIGIT_ONE);
    case 'tinyint':
    case 'smallint':
    case 'int': {
      const [from, to] = WHOLE_NUMBERS[name];
      return typed(name, (...cell) => wholeNumber(column, textOf(...cell), from, to));
    }
    case 'bigint':
      return typed(name, (...cell) => bigWhole(column, textOf(...cell)));
    case 'float':
      return typed(name, (...cell) => finite(column, Number(textOf(...cell))));
    case 'real':
      return typed(name, (...cell) => finite(column, Math.fround(Number(textOf(...cell)))));
    case 'uniqueidentifier':
      return typed(name, textOf);
    case 'binary':
    case 'varbinary':
    case 'timestamp':
      return bytes(column, column.type.maxLength, itself);
    case 'image':
      return bytes(column, -1, itself);
    case 'hierarchyid':
    case 'geography':
    case 'geometry':
      return bytes(column, -1, (staged) => `CONVERT(${name}, ${staged})`);
    default:
      return momentOrNumber(column) ?? string(column);
  }
}

function typed(type: BulkType, read: ReadCell): Made {
  return { ddl: type, bulk: { type }, read, assign: itself };
}

function bytes(column: TypedColumn, maxLength: number, assign: (staged: string) => string): Made {
  const length = maxLength < 0 || maxLength > MAX_VARBINARY ? 'max' : MAX_VARBINARY;
  return {
    ddl: `varbinary(${length})`,
    bulk: { type: 'varbinary', length },
    read: (data, start, end) => {
      if (length !== 'max' && end - start > length) throw rejected(column, TOO_LONG);
      return data.subarray(start, end);
    },
    assign,
  };
}

/** Digits and dates as text, each with the style that reads what the wire writes. */
function momentOrNumber(column: TypedColumn): Made | null {
  const style: Readonly<Record<string, string>> = {
    ...{ decimal: '', numeric: '', money: '', smallmoney: '', time: '' },
    ...{ date: ', 121', datetime: ', 121', smalldatetime: ', 121' },
    ...{ datetime2: ', 121', datetimeoffset: ', 121' },
  };
  const { type } = column;
  const how = style[type.name];
  if (how === undefined) return null;
  return {
    ddl: 'nvarchar(50) COLLATE Latin1_General_BIN2',
    bulk: { type: 'nvarchar', length: 50 },
    read: (...cell) => placed(column, textOf(...cell)),
    assign: (staged) => `CONVERT(${typeText(type)}, ${staged}${how})`,
  };
}

/**
 * Without the infinities, NaN, years before 1 and after 9999 and the end of a day that other engines
 * have. What is left is for the server to judge.
 */
function placed(column: TypedColumn, text: string): string {
  const isPlaced = FORMS[column.type.name] ?? isNumber;
  if (isPlaced(text)) return text;
  throw rejected(column, `has no place in ${column.type.name}`, TEXT_REMEDY);
}

const isNumber = (text: string): boolean => !LETTER.test(text);
const isDay = (text: string): boolean => YEAR.test(text) && !text.includes('BC');
const FORMS: Readonly<Record<string, (text: string) => boolean>> = {
  time: (text) => !text.startsWith('24'),
  ...{ date: isDay, datetime: isDay, smalldatetime: isDay, datetime2: isDay },
  datetimeoffset: isDay,
};

function string(column: TypedColumn): Made {
  const { name, maxLength } = column.type;
  const collation = column.collation === null ? '' : ` COLLATE ${collationName(column)}`;
  const large = maxLength < 0 || !['char', 'varchar', 'nchar', 'nvarchar'].includes(name);
  const length = large || maxLength > MAX_VARBINARY ? 'max' : MAX_NVARCHAR;
  // 8,000 bytes of a varchar may be more characters than a short nvarchar holds.
  const held = name.endsWith('char') && !name.startsWith('n') && maxLength > MAX_NVARCHAR;
  const limit = held ? 'max' : length;
  return {
    ddl: `nvarchar(${limit})${collation}`,
    bulk: { type: 'nvarchar', length: limit },
    read: (...cell) => fitting(column, decodeWide(...cell), limit),
    assign: assignString(name),
  };
}

function assignString(name: string): Staging['assign'] {
  // The default style would drop white space between tags.
  if (name === 'xml') return (staged) => `CONVERT(xml, ${staged}, 1)`;
  if (name === 'sql_variant') return variantValue;
  return itself;
}

const COLLATION = /^\w+$/;

function collationName(column: TypedColumn): string {
  const name = column.collation ?? '';
  if (COLLATION.test(name)) return name;
  throw new SluiceError('SCHEMA_MISMATCH', `The collation of ${column.name} has no plain name.`);
}

function fitting(column: TypedColumn, text: string, limit: number | 'max'): string {
  if (limit === 'max' || text.length <= limit) return text;
  throw rejected(column, TOO_LONG);
}

function wholeNumber(column: TypedColumn, text: string, from: number, to: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw rejected(column, 'is no whole number');
  if (value < from || value > to) throw rejected(column, `does not fit into ${column.type.name}`);
  return value;
}

function bigWhole(column: TypedColumn, text: string): string {
  if (text.length < BIGINT_CHARACTERS) return text;
  if (!WHOLE.test(text)) throw rejected(column, 'is no whole number');
  const value = BigInt(text);
  if (value < BIGINT[0] || value > BIGINT[1]) throw rejected(column, 'does not fit into bigint');
  return text;
}

function finite(column: TypedColumn, value: number): number {
  if (Number.isFinite(value)) return value;
  throw rejected(column, 'is infinite or no number, which SQL Server cannot hold', TEXT_REMEDY);
}

function rejected(column: TypedColumn, why: string, remedy = VALUE_REMEDY): SluiceError {
  return new SluiceError('ROW_REJECTED', `A value of the column ${column.name} ${why}.`, {
    remedy,
  });
}
