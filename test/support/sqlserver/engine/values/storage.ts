/** How PostgreSQL keeps a column of a SQL Server type, so that it changes no value. */
import type { MsType, MsTypeName } from '../../backend.js';
import { collation } from '../types/collation.js';
import { family } from '../types/families.js';

const BASE: Readonly<Record<Exclude<MsTypeName, 'decimal'>, string>> = {
  bit: 'smallint',
  tinyint: 'smallint',
  smallint: 'smallint',
  int: 'integer',
  bigint: 'bigint',
  money: 'numeric(19,4)',
  smallmoney: 'numeric(10,4)',
  float: 'double precision',
  real: 'real',
  date: 'text',
  time: 'text',
  datetime: 'text',
  datetime2: 'text',
  smalldatetime: 'text',
  datetimeoffset: 'text',
  uniqueidentifier: 'uuid',
  char: 'bpchar',
  varchar: 'bpchar',
  nchar: 'bpchar',
  nvarchar: 'bpchar',
  sysname: 'bpchar',
  text: 'bpchar',
  ntext: 'bpchar',
  xml: 'bpchar',
  binary: 'bytea',
  varbinary: 'bytea',
  image: 'bytea',
  timestamp: 'bytea',
  hierarchyid: 'bytea',
  geography: 'bytea',
  geometry: 'bytea',
  sql_variant: 'jsonb',
};

/** Type of an expression, without a collation. */
export function pgBaseType(type: MsType): string {
  if (type.name !== 'decimal') return BASE[type.name];
  return `numeric(${String(type.precision)},${String(type.scale)})`;
}

/** Type of a column. */
export function pgType(type: MsType): string {
  const base = pgBaseType(type);
  if (family(type) !== 'string' || type.collation === null) return base;
  return `${base} COLLATE ${collation(type.collation).pg}`;
}

/** What an index holds of a column: instants compare without their offset. */
export function keyExpression(column: string, type: MsType): string {
  return type.name === 'datetimeoffset' ? `left(${column}, 27)` : column;
}
