import type { MsType, TdsValue } from '../backend.js';
import { ByteWriter } from './byte-writer.js';
import { collationBytes } from './collation.js';
import { typeId } from './type-id.js';
import { fixedWriter, variableBytes } from './bare-write.js';

/** Inside a sql_variant the types go by the numbers of their NOT NULL forms. */
const ids: Partial<Record<MsType['name'], number>> = {
  bit: typeId.bit,
  tinyint: typeId.tinyint,
  smallint: typeId.smallint,
  int: typeId.int,
  bigint: typeId.bigint,
  real: typeId.real,
  float: typeId.float,
  money: typeId.money,
  smallmoney: typeId.smallmoney,
  datetime: typeId.datetime,
  smalldatetime: typeId.smalldatetime,
  uniqueidentifier: typeId.uniqueidentifier,
  date: typeId.date,
  time: typeId.time,
  datetime2: typeId.datetime2,
  datetimeoffset: typeId.datetimeoffset,
  decimal: typeId.numericN,
  varbinary: typeId.varbinary,
  binary: typeId.binary,
  char: typeId.char,
  varchar: typeId.varchar,
  nchar: typeId.nchar,
  nvarchar: typeId.nvarchar,
  sysname: typeId.nvarchar,
};

/** What stands between the type and the value. */
function properties(type: MsType): Buffer {
  const out = new ByteWriter(8);
  switch (type.name) {
    case 'time':
    case 'datetime2':
    case 'datetimeoffset':
      out.u8(type.scale);
      break;
    case 'decimal':
      out.u8(type.precision);
      out.u8(type.scale);
      break;
    case 'varbinary':
    case 'binary':
      out.u16(type.length);
      break;
    case 'char':
    case 'varchar':
    case 'nchar':
    case 'nvarchar':
    case 'sysname':
      out.bytes(collationBytes(type.collation));
      out.u16(type.length);
      break;
    default:
      break;
  }
  return out.take();
}

function baseBytes(type: MsType, value: Exclude<TdsValue, null>): Buffer {
  const fixed = fixedWriter(type);
  if (fixed === undefined) return variableBytes(type, value);
  const out = new ByteWriter(fixed.bytes);
  fixed.write(out, value);
  return out.take();
}

export function writeVariant(out: ByteWriter, value: TdsValue): void {
  if (value === null) return out.u32(0);
  if (typeof value !== 'object' || Buffer.isBuffer(value)) throw new Error('no sql_variant');
  if (value.value === null) return out.u32(0);
  const id = ids[value.type.name];
  if (id === undefined) throw new Error(`no sql_variant holds ${value.type.name}`);
  const extra = properties(value.type);
  const bytes = baseBytes(value.type, value.value);
  out.u32(2 + extra.length + bytes.length);
  out.u8(id);
  out.u8(extra.length);
  out.bytes(extra);
  out.bytes(bytes);
}
