import type { MsType, MsTypeName } from '../../backend.js';

export type Family =
  | 'integer'
  | 'decimal'
  | 'float'
  | 'string'
  | 'binary'
  | 'datetime'
  | 'uniqueidentifier'
  | 'xml'
  | 'sql_variant';

const FAMILIES: Readonly<Record<MsTypeName, Family>> = {
  bit: 'integer',
  tinyint: 'integer',
  smallint: 'integer',
  int: 'integer',
  bigint: 'integer',
  decimal: 'decimal',
  money: 'decimal',
  smallmoney: 'decimal',
  float: 'float',
  real: 'float',
  date: 'datetime',
  time: 'datetime',
  datetime: 'datetime',
  datetime2: 'datetime',
  smalldatetime: 'datetime',
  datetimeoffset: 'datetime',
  uniqueidentifier: 'uniqueidentifier',
  char: 'string',
  varchar: 'string',
  nchar: 'string',
  nvarchar: 'string',
  sysname: 'string',
  text: 'string',
  ntext: 'string',
  binary: 'binary',
  varbinary: 'binary',
  image: 'binary',
  timestamp: 'binary',
  hierarchyid: 'binary',
  geography: 'binary',
  geometry: 'binary',
  xml: 'xml',
  sql_variant: 'sql_variant',
};

export function family(type: MsType): Family {
  return FAMILIES[type.name];
}

const NATIONAL = new Set<MsTypeName>(['nchar', 'nvarchar', 'ntext', 'sysname']);

export function isNational(type: MsType): boolean {
  return NATIONAL.has(type.name);
}

/** char, nchar, binary: padded to their length. */
export function isFixed(type: MsType): boolean {
  return type.name === 'char' || type.name === 'nchar' || type.name === 'binary';
}

/** Length in characters or bytes; -1 where there is no limit. */
export function units(type: MsType): number {
  if (type.name === 'text' || type.name === 'ntext' || type.name === 'image') return -1;
  if (type.length < 0) return -1;
  return isNational(type) ? type.length / 2 : type.length;
}

/** SQL Server's data type precedence, highest first. */
const PRECEDENCE: readonly MsTypeName[] = [
  'sql_variant',
  'xml',
  'datetimeoffset',
  'datetime2',
  'datetime',
  'smalldatetime',
  'date',
  'time',
  'float',
  'real',
  'decimal',
  'money',
  'smallmoney',
  'bigint',
  'int',
  'smallint',
  'tinyint',
  'bit',
  'ntext',
  'text',
  'image',
  'timestamp',
  'uniqueidentifier',
  'nvarchar',
  'sysname',
  'nchar',
  'varchar',
  'char',
  'varbinary',
  'binary',
];

export function precedence(type: MsType): number {
  const at = PRECEDENCE.indexOf(type.name);
  return at < 0 ? -1 : at;
}
