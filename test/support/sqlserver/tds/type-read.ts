import type { MsType, MsTypeName } from '../backend.js';
import type { ByteReader } from './byte-reader.js';
import { encodingOfBytes } from './collation.js';
import { MAX_LENGTH, typeId } from './type-id.js';

/** A type as a client describes it, with what its values need to be read. */
export interface WireType {
  readonly id: number;
  readonly type: MsType;
  /** Of char, varchar and text. */
  readonly encoding: string;
  /** The value comes in parts with their own lengths. */
  readonly inParts: boolean;
}

function wire(
  id: number,
  name: MsTypeName,
  more: Partial<MsType> & { encoding?: string; inParts?: boolean } = {},
): WireType {
  const { length = 0, precision = 0, scale = 0, encoding = 'windows-1252', inParts = false } = more;
  const type = { name, length, precision, scale, collation: null };
  return { id, type, encoding, inParts };
}

const bySize: Readonly<Record<number, Readonly<Record<number, MsTypeName>>>> = {
  [typeId.intN]: { 1: 'tinyint', 2: 'smallint', 4: 'int', 8: 'bigint' },
  [typeId.floatN]: { 4: 'real', 8: 'float' },
  [typeId.moneyN]: { 4: 'smallmoney', 8: 'money' },
  [typeId.datetimeN]: { 4: 'smalldatetime', 8: 'datetime' },
  [typeId.bitN]: { 1: 'bit' },
  [typeId.uniqueidentifier]: { 16: 'uniqueidentifier' },
};

const fixed: Readonly<Record<number, readonly [MsTypeName, number]>> = {
  [typeId.tinyint]: ['tinyint', 1],
  [typeId.bit]: ['bit', 1],
  [typeId.smallint]: ['smallint', 2],
  [typeId.int]: ['int', 4],
  [typeId.smalldatetime]: ['smalldatetime', 4],
  [typeId.real]: ['real', 4],
  [typeId.money]: ['money', 8],
  [typeId.datetime]: ['datetime', 8],
  [typeId.float]: ['float', 8],
  [typeId.smallmoney]: ['smallmoney', 4],
  [typeId.bigint]: ['bigint', 8],
};

const long: Readonly<Record<number, MsTypeName>> = {
  [typeId.varbinary]: 'varbinary',
  [typeId.binary]: 'binary',
  [typeId.varchar]: 'varchar',
  [typeId.char]: 'char',
  [typeId.nvarchar]: 'nvarchar',
  [typeId.nchar]: 'nchar',
};

function readLong(id: number, name: MsTypeName, reader: ByteReader): WireType {
  const sent = reader.u16();
  const inParts = sent === MAX_LENGTH;
  const length = inParts ? -1 : sent;
  if (id === typeId.varbinary || id === typeId.binary) return wire(id, name, { length, inParts });
  return wire(id, name, { length, inParts, encoding: encodingOfBytes(reader.bytes(5)) });
}

function readLob(id: number, reader: ByteReader): WireType {
  reader.skip(4);
  if (id === typeId.image) return wire(id, 'image');
  const encoding = encodingOfBytes(reader.bytes(5));
  return wire(id, id === typeId.text ? 'text' : 'ntext', { encoding });
}

function readDecimal(id: number, reader: ByteReader): WireType {
  const length = reader.u8();
  const precision = reader.u8();
  return wire(id, 'decimal', { length, precision, scale: reader.u8() });
}

/** TYPE_INFO in front of a parameter or in the columns of a bulk load. */
export function readType(reader: ByteReader): WireType {
  const id = reader.u8();
  const sizes = bySize[id];
  if (sizes !== undefined) {
    const length = reader.u8();
    const name = sizes[length];
    if (name === undefined) throw new Error(`type ${id.toString(16)} of ${String(length)} bytes`);
    return wire(id, name, { length });
  }
  const ofFixedSize = fixed[id];
  if (ofFixedSize !== undefined) return wire(id, ofFixedSize[0], { length: ofFixedSize[1] });
  const ofLength = long[id];
  if (ofLength !== undefined) return readLong(id, ofLength, reader);
  switch (id) {
    case typeId.decimalN:
    case typeId.numericN:
      return readDecimal(id, reader);
    case typeId.date:
      return wire(id, 'date', { length: 3 });
    case typeId.time:
      return wire(id, 'time', { scale: reader.u8() });
    case typeId.datetime2:
      return wire(id, 'datetime2', { scale: reader.u8() });
    case typeId.datetimeoffset:
      return wire(id, 'datetimeoffset', { scale: reader.u8() });
    case typeId.text:
    case typeId.ntext:
    case typeId.image:
      return readLob(id, reader);
    case typeId.xml:
      if (reader.u8() !== 0) throw new Error('an xml schema collection');
      return wire(id, 'xml', { length: -1, inParts: true });
    default:
      throw new Error(`a value of type 0x${id.toString(16)}`);
  }
}
