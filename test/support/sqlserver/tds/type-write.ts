import type { MsType } from '../backend.js';
import type { ByteWriter } from './byte-writer.js';
import { collationBytes } from './collation.js';
import { magnitudeBytes } from './decimal.js';
import { MAX_LENGTH, typeId } from './type-id.js';

const LOB_LENGTH = 0x7fffffff;
const VARIANT_LENGTH = 8009;

function sized(out: ByteWriter, id: number, bytes: number): void {
  out.u8(id);
  out.u8(bytes);
}

function long(out: ByteWriter, id: number, length: number): void {
  out.u8(id);
  out.u16(length === -1 ? MAX_LENGTH : length);
}

function characters(out: ByteWriter, id: number, type: MsType): void {
  long(out, id, type.length);
  out.bytes(collationBytes(type.collation));
}

function userDefined(out: ByteWriter, name: string): void {
  out.u8(typeId.udt);
  out.u16(name === 'hierarchyid' ? 892 : MAX_LENGTH);
  out.bVarChar('');
  out.bVarChar('sys');
  out.bVarChar(name);
  const className = name === 'hierarchyid' ? 'SqlHierarchyId' : `Sql${capital(name)}`;
  out.usVarChar(`Microsoft.SqlServer.Types.${className}, Microsoft.SqlServer.Types`);
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const decimal = (out: ByteWriter, type: MsType): void => {
  sized(out, typeId.decimalN, magnitudeBytes(type.precision) + 1);
  out.u8(type.precision);
  out.u8(type.scale);
};

const lob = (out: ByteWriter, id: number, type: MsType): void => {
  out.u8(id);
  out.u32(LOB_LENGTH);
  if (id !== typeId.image) out.bytes(collationBytes(type.collation));
};

const writers: Readonly<Record<MsType['name'], (out: ByteWriter, type: MsType) => void>> = {
  bit: (out) => sized(out, typeId.bitN, 1),
  tinyint: (out) => sized(out, typeId.intN, 1),
  smallint: (out) => sized(out, typeId.intN, 2),
  int: (out) => sized(out, typeId.intN, 4),
  bigint: (out) => sized(out, typeId.intN, 8),
  decimal,
  money: (out) => sized(out, typeId.moneyN, 8),
  smallmoney: (out) => sized(out, typeId.moneyN, 4),
  float: (out) => sized(out, typeId.floatN, 8),
  real: (out) => sized(out, typeId.floatN, 4),
  date: (out) => out.u8(typeId.date),
  time: (out, type) => sized(out, typeId.time, type.scale),
  datetime: (out) => sized(out, typeId.datetimeN, 8),
  datetime2: (out, type) => sized(out, typeId.datetime2, type.scale),
  smalldatetime: (out) => sized(out, typeId.datetimeN, 4),
  datetimeoffset: (out, type) => sized(out, typeId.datetimeoffset, type.scale),
  uniqueidentifier: (out) => sized(out, typeId.uniqueidentifier, 16),
  char: (out, type) => characters(out, typeId.char, type),
  varchar: (out, type) => characters(out, typeId.varchar, type),
  nchar: (out, type) => characters(out, typeId.nchar, type),
  nvarchar: (out, type) => characters(out, typeId.nvarchar, type),
  sysname: (out, type) => characters(out, typeId.nvarchar, type),
  text: (out, type) => lob(out, typeId.text, type),
  ntext: (out, type) => lob(out, typeId.ntext, type),
  image: (out, type) => lob(out, typeId.image, type),
  binary: (out, type) => long(out, typeId.binary, type.length),
  varbinary: (out, type) => long(out, typeId.varbinary, type.length),
  timestamp: (out) => long(out, typeId.binary, 8),
  xml: (out) => sized(out, typeId.xml, 0),
  sql_variant: (out) => {
    out.u8(typeId.variant);
    out.u32(VARIANT_LENGTH);
  },
  hierarchyid: (out) => userDefined(out, 'hierarchyid'),
  geography: (out) => userDefined(out, 'geography'),
  geometry: (out) => userDefined(out, 'geometry'),
};

/** TYPE_INFO of a column or of an output parameter. */
export function writeType(out: ByteWriter, type: MsType): void {
  writers[type.name](out, type);
}

/** Whether COLMETADATA names the table of such a column. */
export function namesTable(type: MsType): boolean {
  return type.name === 'text' || type.name === 'ntext' || type.name === 'image';
}
