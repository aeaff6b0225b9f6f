import type { MsType, TdsValue } from '../backend.js';
import type { ByteWriter } from './byte-writer.js';
import { encodeText } from './code-page.js';
import { encodingOf } from './collation.js';
import { magnitudeBytes, magnitudeToBuffer, unscaled } from './decimal.js';
import { DAYS_TO_1900, TICKS_PER_MINUTE, parseMoment, shifted } from './moment.js';
import { timeBytes } from './type-id.js';
import { uuidBytes } from './uuid.js';

type Present = Exclude<TdsValue, null>;
/** Writes the bytes of a value of a type of fixed size. */
type BareWriter = (out: ByteWriter, value: Present) => void;

export function textOf(value: Present): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error('the value is no text');
}

export function bytesOf(value: Present): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new Error('the value is no Buffer');
}

const truth = (value: Present): boolean => value === true || value === 1 || value === '1';

function writeTime(out: ByteWriter, ticks: number, scale: number): void {
  out.uint(Math.floor(ticks / 10 ** (7 - scale)), timeBytes(scale));
}

function writeDatetime(out: ByteWriter, value: Present): void {
  const { days, ticks } = parseMoment(textOf(value));
  out.i32(days - DAYS_TO_1900);
  out.u32(Math.round((ticks * 3) / 100_000));
}

function writeSmallDatetime(out: ByteWriter, value: Present): void {
  const { days, ticks } = parseMoment(textOf(value));
  out.u16(days - DAYS_TO_1900);
  out.u16(Math.floor(ticks / TICKS_PER_MINUTE));
}

function writeOffset(out: ByteWriter, value: Present, scale: number): void {
  const local = parseMoment(textOf(value));
  const utc = shifted(local, -local.offsetMinutes);
  writeTime(out, utc.ticks, scale);
  out.uint(utc.days, 3);
  out.i16(local.offsetMinutes);
}

function writeMoney(out: ByteWriter, value: Present): void {
  const units = unscaled(textOf(value), 4);
  out.i32(Number(units >> 32n));
  out.u32(Number(units & 0xffffffffn));
}

function writeDecimal(out: ByteWriter, value: Present, type: MsType): void {
  const digits = unscaled(textOf(value), type.scale);
  out.u8(digits < 0n ? 0 : 1);
  out.bytes(magnitudeToBuffer(digits, magnitudeBytes(type.precision)));
}

/** The writer and the size of a type whose values are all equally long; else undefined. */
export function fixedWriter(type: MsType): { bytes: number; write: BareWriter } | undefined {
  const clock = timeBytes(type.scale);
  switch (type.name) {
    case 'bit':
      return { bytes: 1, write: (out, value) => out.u8(truth(value) ? 1 : 0) };
    case 'tinyint':
      return { bytes: 1, write: (out, value) => out.u8(Number(value)) };
    case 'smallint':
      return { bytes: 2, write: (out, value) => out.i16(Number(value)) };
    case 'int':
      return { bytes: 4, write: (out, value) => out.i32(Number(value)) };
    case 'bigint':
      return { bytes: 8, write: (out, value) => out.i64(BigInt(textOf(value))) };
    case 'decimal':
      return {
        bytes: magnitudeBytes(type.precision) + 1,
        write: (out, value) => writeDecimal(out, value, type),
      };
    case 'money':
      return { bytes: 8, write: writeMoney };
    case 'smallmoney':
      return { bytes: 4, write: (out, value) => out.i32(Number(unscaled(textOf(value), 4))) };
    case 'float':
      return { bytes: 8, write: (out, value) => out.f64(Number(value)) };
    case 'real':
      return { bytes: 4, write: (out, value) => out.f32(Number(value)) };
    case 'date':
      return { bytes: 3, write: (out, value) => out.uint(parseMoment(textOf(value)).days, 3) };
    case 'time':
      return {
        bytes: clock,
        write: (out, value) => writeTime(out, parseMoment(textOf(value)).ticks, type.scale),
      };
    case 'datetime':
      return { bytes: 8, write: writeDatetime };
    case 'datetime2':
      return {
        bytes: clock + 3,
        write: (out, value) => {
          const { days, ticks } = parseMoment(textOf(value));
          writeTime(out, ticks, type.scale);
          out.uint(days, 3);
        },
      };
    case 'smalldatetime':
      return { bytes: 4, write: writeSmallDatetime };
    case 'datetimeoffset':
      return { bytes: clock + 5, write: (out, value) => writeOffset(out, value, type.scale) };
    case 'uniqueidentifier':
      return { bytes: 16, write: (out, value) => out.bytes(uuidBytes(textOf(value))) };
    default:
      return undefined;
  }
}

/** The bytes of a value of a type whose values differ in length. */
export function variableBytes(type: MsType, value: Present): Buffer {
  switch (type.name) {
    case 'char':
    case 'varchar':
    case 'text':
      return encodeText(textOf(value), encodingOf(type.collation));
    case 'nchar':
    case 'nvarchar':
    case 'ntext':
    case 'sysname':
    case 'xml':
      return Buffer.from(textOf(value), 'utf16le');
    default:
      return bytesOf(value);
  }
}
