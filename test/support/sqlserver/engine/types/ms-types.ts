/** SQL Server's types with the sizes that its metadata shows. */
import type { MsType, MsTypeName } from '../../backend.js';

interface Size {
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly collation?: string | null;
}

function type(name: MsTypeName, size: Size): MsType {
  return { name, length: 0, precision: 0, scale: 0, collation: null, ...size };
}

export const BIT = type('bit', { length: 1, precision: 1 });
export const TINYINT = type('tinyint', { length: 1, precision: 3 });
export const SMALLINT = type('smallint', { length: 2, precision: 5 });
export const INT = type('int', { length: 4, precision: 10 });
export const BIGINT = type('bigint', { length: 8, precision: 19 });
export const MONEY = type('money', { length: 8, precision: 19, scale: 4 });
export const SMALLMONEY = type('smallmoney', { length: 4, precision: 10, scale: 4 });
export const FLOAT = type('float', { length: 8, precision: 53 });
export const REAL = type('real', { length: 4, precision: 24 });
export const DATE = type('date', { length: 3, precision: 10 });
export const DATETIME = type('datetime', { length: 8, precision: 23, scale: 3 });
export const SMALLDATETIME = type('smalldatetime', { length: 4, precision: 16 });
export const UNIQUEIDENTIFIER = type('uniqueidentifier', { length: 16 });
export const XML = type('xml', { length: -1 });
export const SQL_VARIANT = type('sql_variant', { length: 8016 });
export const ROWVERSION = type('timestamp', { length: 8 });
export const IMAGE = type('image', { length: 16 });

export function decimal(precision: number, scale: number): MsType {
  const length = precision <= 9 ? 5 : precision <= 19 ? 9 : precision <= 28 ? 13 : 17;
  return type('decimal', { length, precision, scale });
}

export function time(scale: number): MsType {
  const length = scale <= 2 ? 3 : scale <= 4 ? 4 : 5;
  return type('time', { length, precision: scale === 0 ? 8 : 9 + scale, scale });
}

export function datetime2(scale: number): MsType {
  const length = scale <= 2 ? 6 : scale <= 4 ? 7 : 8;
  return type('datetime2', { length, precision: scale === 0 ? 19 : 20 + scale, scale });
}

export function datetimeoffset(scale: number): MsType {
  const length = scale <= 2 ? 8 : scale <= 4 ? 9 : 10;
  return type('datetimeoffset', { length, precision: scale === 0 ? 26 : 27 + scale, scale });
}

export type StringName = 'char' | 'varchar' | 'nchar' | 'nvarchar' | 'text' | 'ntext' | 'sysname';

/** `size` in characters (UTF-16 units for the national ones); 'max' for -1. */
export function string(name: StringName, size: number | 'max', collation: string | null): MsType {
  if (name === 'text' || name === 'ntext') return type(name, { length: 16, collation });
  const units = name === 'nchar' || name === 'nvarchar' || name === 'sysname' ? 2 : 1;
  return type(name, { length: size === 'max' ? -1 : size * units, collation });
}

export function nvarchar(size: number | 'max', collation: string | null = null): MsType {
  return string('nvarchar', size, collation);
}

export function varchar(size: number | 'max', collation: string | null = null): MsType {
  return string('varchar', size, collation);
}

export function binary(name: 'binary' | 'varbinary', size: number | 'max'): MsType {
  return type(name, { length: size === 'max' ? -1 : size });
}

/** hierarchyid, geography, geometry. */
export function clr(name: 'hierarchyid' | 'geography' | 'geometry'): MsType {
  return type(name, { length: name === 'hierarchyid' ? 892 : -1 });
}
