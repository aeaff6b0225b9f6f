/** Values of the protocol to the text form that PostgreSQL reads. */
import type { MsType, TdsValue, VariantValue } from '../../backend.js';
import { family } from '../types/families.js';
import { escapeText } from './escape.js';
import { storeIdentifier } from './identifier.js';
import { storeInstant } from './instant.js';

export function encode(value: TdsValue, type: MsType): string | null {
  if (value === null) return null;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') return encodeNumber(value);
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  if (typeof value === 'object') return encodeVariant(value);
  return encodeText(value, type);
}

function encodeNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function encodeText(value: string, type: MsType): string {
  if (type.name === 'uniqueidentifier') return storeIdentifier(value);
  if (type.name === 'datetimeoffset') return storeInstant(value);
  const kind = family(type);
  return kind === 'string' || kind === 'xml' ? escapeText(value) : value;
}

function encodeVariant({ type, value }: VariantValue): string {
  return JSON.stringify({
    t: type.name,
    l: type.length,
    p: type.precision,
    s: type.scale,
    c: type.collation,
    v: encode(value, type),
  });
}
