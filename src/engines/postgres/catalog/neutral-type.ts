import type { NeutralType } from '../../../core/neutral-type.js';
import type { TypeShape } from './raw-safe.js';

/** Lengths and precisions of a type's text, as in numeric(10,2) or timestamp(3) without time zone. */
const MODIFIERS = /\((\d+)(?:,(-?\d+))?\)/;

const MICROSECONDS = 6;

/** Numbers are the modifiers that the column's type was written with; null: none. */
type Reader = (first: number | null, second: number | null) => NeutralType | null;

const BUILT_IN: Readonly<Record<string, Reader>> = {
  bool: () => ({ kind: 'boolean' }),
  int2: () => ({ kind: 'integer', bits: 16 }),
  int4: () => ({ kind: 'integer', bits: 32 }),
  int8: () => ({ kind: 'integer', bits: 64 }),
  oid: () => ({ kind: 'integer', bits: 64 }),
  numeric: decimal,
  float4: () => ({ kind: 'float', bits: 32 }),
  float8: () => ({ kind: 'float', bits: 64 }),
  date: () => ({ kind: 'date' }),
  time: (digits) => ({ kind: 'time', digits: digits ?? MICROSECONDS }),
  timestamp: (digits) => ({ kind: 'timestamp', digits: digits ?? MICROSECONDS, zone: 'none' }),
  timestamptz: (digits) => ({ kind: 'timestamp', digits: digits ?? MICROSECONDS, zone: 'utc' }),
  uuid: () => ({ kind: 'uuid' }),
  bytea: () => ({ kind: 'binary', length: null, fixed: false }),
  text: () => ({ kind: 'text', length: null, fixed: false }),
  name: () => ({ kind: 'text', length: null, fixed: false }),
  varchar: (length) => ({ kind: 'text', length, fixed: false }),
  bpchar: (length) => ({ kind: 'text', length, fixed: length !== null }),
  json: () => ({ kind: 'json' }),
  jsonb: () => ({ kind: 'json' }),
  xml: () => ({ kind: 'xml' }),
};

/**
 * What other engines may know of a column's type; null where its values would have to be bent
 * (arrays, ranges, rows, intervals, addresses …). An enum travels as its label, a domain as what it
 * is made of.
 *
 * @param typeText as format_type gives it, for its modifiers
 */
export function neutralType(
  oid: string,
  typeText: string,
  shapes: ReadonlyMap<string, TypeShape>,
): NeutralType | null {
  const shape = shapes.get(oid);
  if (shape === undefined || shape.isArray) return null;
  if (shape.kind === 'e') return { kind: 'text', length: null, fixed: false };
  if (shape.kind === 'd') return shape.base === null ? null : neutralType(shape.base, '', shapes);
  if (shape.schema !== 'pg_catalog') return null;
  const found = MODIFIERS.exec(typeText);
  return builtInType(shape.name, toNumber(found?.[1]), toNumber(found?.[2]));
}

/** By the name in pg_type. */
export function builtInType(
  name: string,
  first: number | null,
  second: number | null,
): NeutralType | null {
  return BUILT_IN[name]?.(first, second) ?? null;
}

/** With infinities, NaN, digits without end, years before 1 and after 9999, 24:00. */
const NARROWER_ELSEWHERE: ReadonlySet<NeutralType['kind']> = new Set<NeutralType['kind']>([
  ...(['decimal', 'float', 'date', 'time', 'timestamp'] as const),
]);

/** Not every engine can hold all its values; null: of a type that only PostgreSQL knows. */
export function hasText(type: NeutralType | null): boolean {
  return type === null || NARROWER_ELSEWHERE.has(type.kind);
}

function decimal(precision: number | null, scale: number | null): NeutralType {
  if (precision === null) return { kind: 'decimal', precision: null, scale: null };
  const digits = scale ?? 0;
  // A scale outside the digits is PostgreSQL's own.
  const plain = digits >= 0 && digits <= precision;
  return { kind: 'decimal', precision: plain ? precision : null, scale: plain ? digits : null };
}

function toNumber(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
