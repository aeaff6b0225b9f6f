/** What PostgreSQL answers, as text, to the values of the protocol. */
import { z } from 'zod';
import type { MsType, MsTypeName, TdsValue } from '../../backend.js';
import { unescapeText } from './escape.js';
import { showIdentifier } from './identifier.js';
import { showInstant } from './instant.js';

const variant = z.object({
  t: z.string(),
  l: z.number(),
  p: z.number(),
  s: z.number(),
  c: z.string().nullable(),
  v: z.string(),
});

type Decoder = (text: string) => TdsValue;

const asIs: Decoder = (text) => text;
const asNumber: Decoder = (text) => Number(text);
const asBuffer: Decoder = (text) => Buffer.from(text.slice(2), 'hex');

const DECODERS: Readonly<Record<MsTypeName, Decoder>> = {
  bit: (text) => text !== '0',
  tinyint: asNumber,
  smallint: asNumber,
  int: asNumber,
  bigint: asIs,
  decimal: asIs,
  money: asIs,
  smallmoney: asIs,
  float: asNumber,
  real: asNumber,
  date: asIs,
  time: asIs,
  datetime: asIs,
  datetime2: asIs,
  smalldatetime: asIs,
  datetimeoffset: showInstant,
  uniqueidentifier: showIdentifier,
  char: unescapeText,
  varchar: unescapeText,
  nchar: unescapeText,
  nvarchar: unescapeText,
  sysname: unescapeText,
  text: unescapeText,
  ntext: unescapeText,
  xml: unescapeText,
  binary: asBuffer,
  varbinary: asBuffer,
  image: asBuffer,
  timestamp: asBuffer,
  hierarchyid: asBuffer,
  geography: asBuffer,
  geometry: asBuffer,
  sql_variant: decodeVariant,
};

export function decoder(type: MsType): Decoder {
  return DECODERS[type.name];
}

export function decode(text: string | null, type: MsType): TdsValue {
  return text === null ? null : DECODERS[type.name](text);
}

function decodeVariant(text: string): TdsValue {
  const { t, l, p, s, c, v } = variant.parse(JSON.parse(text));
  if (!isTypeName(t)) throw new Error(`a sql_variant of type ${t}`);
  const type: MsType = { name: t, length: l, precision: p, scale: s, collation: c };
  return { type, value: decode(v, type) };
}

function isTypeName(name: string): name is MsTypeName {
  return Object.hasOwn(DECODERS, name);
}
