import { TYPES } from 'tedious';
import { SluiceError } from '../../core/errors.js';
import type { Param, ParamType } from './param.js';
import type { BulkColumn, BulkType } from './sql-session.js';

type DriverType = (typeof TYPES)[keyof typeof TYPES];

interface Placed {
  readonly type: DriverType;
  readonly value: unknown;
  readonly options: { readonly length?: number; readonly scale?: number };
}

const MAX_NVARCHAR = 4000;
const MAX_VARBINARY = 8000;

const PARAM_TYPES: Readonly<Record<ParamType, DriverType>> = {
  bit: TYPES.Bit,
  int: TYPES.Int,
  bigint: TYPES.BigInt,
  float: TYPES.Float,
  nvarchar: TYPES.NVarChar,
  varbinary: TYPES.VarBinary,
  uniqueidentifier: TYPES.UniqueIdentifier,
  datetime2: TYPES.DateTime2,
};

/** Lengths have two values only, so that the server keeps one plan and not one per length. */
export function placeParam(param: Param): Placed {
  const type = PARAM_TYPES[param.type];
  const { value } = param;
  switch (param.type) {
    case 'bigint':
      return { type, value: value === null ? null : BigInt(wholeNumber(value)), options: {} };
    case 'nvarchar': {
      const fits = typeof value !== 'string' || value.length <= MAX_NVARCHAR;
      return { type, value, options: { length: fits ? MAX_NVARCHAR : Infinity } };
    }
    case 'varbinary': {
      const fits = !Buffer.isBuffer(value) || value.length <= MAX_VARBINARY;
      return { type, value, options: { length: fits ? MAX_VARBINARY : Infinity } };
    }
    case 'datetime2':
      return { type, value: wallClock(value), options: { scale: 7 } };
    default:
      return { type, value, options: {} };
  }
}

function wholeNumber(value: string | number | bigint | boolean | Buffer): string | number | bigint {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    return value;
  }
  throw new TypeError('A bigint parameter is given as digits.');
}

const WALL_CLOCK = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?$/;

/** The driver takes what lies below the millisecond from a property, in seconds. */
function wallClock(value: Param['value']): Date | null {
  if (value === null) return null;
  const match = typeof value === 'string' ? WALL_CLOCK.exec(value) : null;
  if (match === null) throw new TypeError('A datetime2 parameter is YYYY-MM-DD HH:MM:SS.fffffff.');
  const fraction = (match[3] ?? '').padEnd(7, '0');
  const date = new Date(`${match[1] ?? ''}T${match[2] ?? ''}.${fraction.slice(0, 3)}Z`);
  return Object.assign(date, { nanosecondDelta: Number(fraction.slice(3)) / 1e7 });
}

const BULK_TYPES: Readonly<Record<BulkType, DriverType>> = {
  bit: TYPES.Bit,
  tinyint: TYPES.TinyInt,
  smallint: TYPES.SmallInt,
  int: TYPES.Int,
  bigint: TYPES.BigInt,
  real: TYPES.Real,
  float: TYPES.Float,
  uniqueidentifier: TYPES.UniqueIdentifier,
  nvarchar: TYPES.NVarChar,
  varbinary: TYPES.VarBinary,
};

const PLAIN_NAME = /^\w{1,128}$/;

export function bulkType(column: BulkColumn): {
  type: DriverType;
  options: { nullable: boolean; length?: number };
} {
  if (!PLAIN_NAME.test(column.name)) {
    throw new TypeError(`A column of a bulk load needs a plain name; ${column.name} is none.`);
  }
  const { length, nullable } = column;
  return {
    type: BULK_TYPES[column.type],
    options: {
      nullable,
      ...(length === undefined ? {} : { length: length === 'max' ? Infinity : length }),
    },
  };
}

const LOSSY_NUMBERS: ReadonlySet<string> = new Set([
  ...['Decimal', 'DecimalN', 'Numeric', 'NumericN', 'Money', 'MoneyN', 'SmallMoney'],
]);
const MOMENTS: ReadonlySet<string> = new Set(['Time', 'DateTime2']);
/** The driver drops the offset of the one and the base type of the other. */
const STRIPPED: ReadonlySet<string> = new Set(['DateTimeOffset', 'Variant']);
/** A Date has milliseconds. */
const DRIVER_DIGITS = 3;

export interface DriverColumn {
  readonly colName: string;
  readonly type: { readonly name: string };
  readonly scale?: number | undefined;
}

/**
 * A mistake in our own SQL, found before a value is lost.
 *
 * @param strict for rows of users: moments and variants count too
 * @throws SluiceError TYPE_UNSUPPORTED naming the column
 */
export function assertLossless(columns: readonly DriverColumn[], strict: boolean): void {
  const bad = columns.find((column) => isLossy(column, strict));
  if (bad === undefined) return;
  throw new SluiceError(
    'TYPE_UNSUPPORTED',
    `The column ${bad.colName} would be read as ${bad.type.name}, which the driver does not read without loss.`,
    { remedy: 'Convert it to text in the statement.' },
  );
}

function isLossy({ type, scale }: DriverColumn, strict: boolean): boolean {
  if (LOSSY_NUMBERS.has(type.name)) return true;
  if (!strict) return false;
  return STRIPPED.has(type.name) || (MOMENTS.has(type.name) && (scale ?? 7) > DRIVER_DIGITS);
}
