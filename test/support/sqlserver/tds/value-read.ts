import type { MsType, TdsValue } from '../backend.js';
import type { ByteReader } from './byte-reader.js';
import { decodeText } from './code-page.js';
import { magnitudeFromBuffer, scaledText } from './decimal.js';
import {
  DAYS_TO_1900,
  TICKS_PER_MINUTE,
  dateText,
  offsetText,
  shifted,
  timeText,
} from './moment.js';
import { PLP_NULL, timeBytes, typeId } from './type-id.js';
import type { WireType } from './type-read.js';
import { uuidText } from './uuid.js';

export type ValueReader = (reader: ByteReader) => TdsValue;

function ticksOf(reader: ByteReader, scale: number): number {
  return reader.uint(timeBytes(scale)) * 10 ** (7 - scale);
}

/** datetime counts 300ths of a second, and shows them rounded to milliseconds. */
function readDatetime(reader: ByteReader): string {
  const days = reader.i32() + DAYS_TO_1900;
  const milliseconds = Math.round((reader.u32() * 10) / 3);
  return `${dateText(days)} ${timeText(milliseconds * 10_000)}`;
}

function readSmallDatetime(reader: ByteReader): string {
  const days = reader.u16() + DAYS_TO_1900;
  return `${dateText(days)} ${timeText(reader.u16() * TICKS_PER_MINUTE)}`;
}

function readDatetime2(reader: ByteReader, scale: number): string {
  const ticks = ticksOf(reader, scale);
  return `${dateText(reader.uint(3))} ${timeText(ticks)}`;
}

function readOffset(reader: ByteReader, scale: number): string {
  const ticks = ticksOf(reader, scale);
  const days = reader.uint(3);
  const offset = reader.i16();
  const local = shifted({ days, ticks }, offset);
  return `${dateText(local.days)} ${timeText(local.ticks)} ${offsetText(offset)}`;
}

function readMoney(reader: ByteReader): string {
  const high = BigInt(reader.i32());
  return scaledText((high << 32n) + BigInt(reader.u32()), 4);
}

function readDecimal(reader: ByteReader, type: MsType, length: number): string {
  const negative = reader.u8() === 0;
  const size = magnitudeFromBuffer(reader.bytes(length - 1));
  return scaledText(negative ? -size : size, type.scale);
}

/** A value of a type of fixed size, behind its length. */
function readFixed(reader: ByteReader, type: MsType, length: number): TdsValue {
  switch (type.name) {
    case 'bit':
      return reader.u8() !== 0;
    case 'tinyint':
      return reader.u8();
    case 'smallint':
      return reader.i16();
    case 'int':
      return reader.i32();
    case 'bigint':
      return reader.i64().toString();
    case 'decimal':
      return readDecimal(reader, type, length);
    case 'money':
      return readMoney(reader);
    case 'smallmoney':
      return scaledText(BigInt(reader.i32()), 4);
    case 'float':
      return reader.f64();
    case 'real':
      return reader.f32();
    case 'date':
      return dateText(reader.uint(3));
    case 'time':
      return timeText(ticksOf(reader, type.scale));
    case 'datetime':
      return readDatetime(reader);
    case 'datetime2':
      return readDatetime2(reader, type.scale);
    case 'smalldatetime':
      return readSmallDatetime(reader);
    case 'datetimeoffset':
      return readOffset(reader, type.scale);
    case 'uniqueidentifier':
      return uuidText(reader.bytes(16));
    default:
      throw new Error(`${type.name} has no fixed size`);
  }
}

function readParts(reader: ByteReader): Buffer | null {
  if (reader.u64() === PLP_NULL) return null;
  const parts: Buffer[] = [];
  for (let length = reader.u32(); length > 0; length = reader.u32()) {
    parts.push(reader.bytes(length));
  }
  return parts.length === 1 ? (parts[0] ?? null) : Buffer.concat(parts);
}

function variable(bytes: Buffer, wire: WireType): TdsValue {
  switch (wire.type.name) {
    case 'char':
    case 'varchar':
    case 'text':
      return decodeText(bytes, wire.encoding);
    case 'nchar':
    case 'nvarchar':
    case 'ntext':
    case 'xml':
      return bytes.toString('utf16le');
    default:
      return bytes;
  }
}

function inParts(wire: WireType): ValueReader {
  return (reader) => {
    const bytes = readParts(reader);
    return bytes === null ? null : variable(bytes, wire);
  };
}

/** A bulk load's text, ntext and image: a pointer and a timestamp in front of the value. */
function lob(wire: WireType): ValueReader {
  return (reader) => {
    const pointer = reader.u8();
    if (pointer === 0) return null;
    reader.skip(pointer + 8);
    return variable(reader.bytes(reader.u32()), wire);
  };
}

function long(wire: WireType): ValueReader {
  const unicode = wire.id === typeId.nvarchar || wire.id === typeId.nchar;
  return (reader) => {
    const length = reader.u16();
    if (length === 0xffff) return null;
    return unicode ? reader.utf16(length) : variable(reader.bytes(length), wire);
  };
}

/** Types whose NOT NULL form has no length in front of its values. */
const lengthless: ReadonlySet<number> = new Set([
  typeId.tinyint,
  typeId.bit,
  typeId.smallint,
  typeId.int,
  typeId.smalldatetime,
  typeId.real,
  typeId.money,
  typeId.datetime,
  typeId.float,
  typeId.smallmoney,
  typeId.bigint,
]);

const longIds: ReadonlySet<number> = new Set([
  typeId.varbinary,
  typeId.binary,
  typeId.varchar,
  typeId.char,
  typeId.nvarchar,
  typeId.nchar,
]);

/** How the values of a type are read. */
export function valueReader(wire: WireType): ValueReader {
  const { id, type } = wire;
  if (wire.inParts) return inParts(wire);
  if (longIds.has(id)) return long(wire);
  if (id === typeId.text || id === typeId.ntext || id === typeId.image) return lob(wire);
  if (lengthless.has(id)) return (reader) => readFixed(reader, type, type.length);
  return (reader) => {
    const length = reader.u8();
    return length === 0 ? null : readFixed(reader, type, length);
  };
}

/** A parameter's text, ntext and image have no pointer in front. */
export function parameterReader(wire: WireType): ValueReader {
  if (wire.id !== typeId.text && wire.id !== typeId.ntext && wire.id !== typeId.image) {
    return valueReader(wire);
  }
  return (reader) => {
    const length = reader.i32();
    return length === -1 ? null : variable(reader.bytes(length), wire);
  };
}
