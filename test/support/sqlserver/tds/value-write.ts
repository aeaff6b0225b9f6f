import type { MsType, TdsValue } from '../backend.js';
import { fixedWriter, textOf, variableBytes } from './bare-write.js';
import type { ByteWriter } from './byte-writer.js';
import { PLP_NULL } from './type-id.js';
import { writeVariant } from './variant-write.js';

/** Writes one value with its length in front. */
export type ValueWriter = (out: ByteWriter, value: TdsValue) => void;

function inParts(type: MsType): boolean {
  const { name, length } = type;
  if (name === 'xml' || name === 'hierarchyid') return true;
  if (name === 'geography' || name === 'geometry') return true;
  return length === -1 && ['varchar', 'nvarchar', 'varbinary'].includes(name);
}

/** A part that lies in several packets is put together anew by the driver with each of them. */
const PART_BYTES = 8_000;

function writeParts(out: ByteWriter, bytes: Buffer): void {
  out.u64(BigInt(bytes.length));
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    const part = bytes.subarray(at, at + PART_BYTES);
    out.u32(part.length);
    out.bytes(part);
  }
  out.u32(0);
}

/** text, ntext and image carry a pointer and a timestamp that no client reads. */
function writeLob(out: ByteWriter, bytes: Buffer): void {
  out.u8(16);
  out.bytes(Buffer.alloc(24));
  out.u32(bytes.length);
  out.bytes(bytes);
}

/** nvarchar(n) is the commonest value of all: written without a buffer of its own. */
function writeShortUnicode(out: ByteWriter, value: TdsValue): void {
  if (value === null) return out.u16(0xffff);
  const text = textOf(value);
  out.u16(text.length * 2);
  out.utf16(text);
}

/** How the values of a column are written. */
export function valueWriter(type: MsType): ValueWriter {
  const fixed = fixedWriter(type);
  if (fixed !== undefined) {
    return (out, value) => {
      if (value === null) return out.u8(0);
      out.u8(fixed.bytes);
      fixed.write(out, value);
    };
  }
  if (type.name === 'sql_variant') return writeVariant;
  if (inParts(type)) {
    return (out, value) => {
      if (value === null) out.u64(PLP_NULL);
      else writeParts(out, variableBytes(type, value));
    };
  }
  if (type.name === 'text' || type.name === 'ntext' || type.name === 'image') {
    return (out, value) => {
      if (value === null) out.u8(0);
      else writeLob(out, variableBytes(type, value));
    };
  }
  if (['nvarchar', 'nchar', 'sysname'].includes(type.name)) return writeShortUnicode;
  return (out, value) => {
    if (value === null) return out.u16(0xffff);
    const bytes = variableBytes(type, value);
    out.u16(bytes.length);
    out.bytes(bytes);
  };
}
