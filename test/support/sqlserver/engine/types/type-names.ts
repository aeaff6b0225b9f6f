/** A type as T-SQL writes it, with the sizes that SQL Server supplies where none are written. */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { TypeName } from '../../tsql/ast.js';
import * as types from './ms-types.js';
import { collation as checkCollation } from './collation.js';

const PLAIN: Readonly<Record<string, MsType>> = {
  bit: types.BIT,
  tinyint: types.TINYINT,
  smallint: types.SMALLINT,
  int: types.INT,
  bigint: types.BIGINT,
  money: types.MONEY,
  smallmoney: types.SMALLMONEY,
  real: types.REAL,
  date: types.DATE,
  datetime: types.DATETIME,
  smalldatetime: types.SMALLDATETIME,
  uniqueidentifier: types.UNIQUEIDENTIFIER,
  xml: types.XML,
  sql_variant: types.SQL_VARIANT,
  timestamp: types.ROWVERSION,
  image: types.IMAGE,
  hierarchyid: types.clr('hierarchyid'),
  geography: types.clr('geography'),
  geometry: types.clr('geometry'),
};

/**
 * A type of the system; undefined for another name. `inCast`: a length left out is 30 there, and 1
 * in a declaration.
 */
export function systemType(
  { name, size, scale }: TypeName,
  collation: string,
  inCast: boolean,
): MsType | undefined {
  if (name.length > 1 && name.at(-2)?.toLowerCase() !== 'sys') return undefined;
  const word = (name.at(-1) ?? '').toLowerCase();
  const plain = PLAIN[word];
  if (plain !== undefined) return plain;
  switch (word) {
    case 'decimal':
    case 'numeric':
      return types.decimal(size === null || size === 'max' ? 18 : size, scale ?? 0);
    case 'float':
      return size !== null && size !== 'max' && size <= 24 ? types.REAL : types.FLOAT;
    case 'time':
      return types.time(digits(size));
    case 'datetime2':
      return types.datetime2(digits(size));
    case 'datetimeoffset':
      return types.datetimeoffset(digits(size));
    case 'binary':
    case 'varbinary':
      return types.binary(word, size ?? (inCast ? 30 : 1));
    case 'sysname':
      return types.nvarchar(128, collation);
    case 'text':
    case 'ntext':
      return types.string(word, 'max', checked(collation));
    case 'char':
    case 'varchar':
    case 'nchar':
    case 'nvarchar':
      return types.string(word, size ?? (inCast ? 30 : 1), checked(collation));
    default:
      return undefined;
  }
}

export function unknownType(name: TypeName): SqlError {
  return new SqlError(2715, `Cannot find data type ${name.name.join('.')}.`, { state: 6 });
}

function digits(size: number | 'max' | null): number {
  return typeof size === 'number' ? size : 7;
}

function checked(name: string): string {
  checkCollation(name);
  return name;
}
