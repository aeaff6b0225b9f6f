/**
 * Collations on the wire are five bytes: 20 bits of locale, flags, a version and a sort id. The
 * code page of char and varchar follows from them.
 */
interface Family {
  readonly prefix: string;
  readonly locale: number;
  readonly sortId: number;
  readonly encoding: string;
}

/** The families that the suites use; the first one that a name begins with counts. */
const families: readonly Family[] = [
  { prefix: 'SQL_Latin1_General_CP1_', locale: 0x0409, sortId: 52, encoding: 'windows-1252' },
  { prefix: 'SQL_Latin1_General_CP1250_', locale: 0x0409, sortId: 81, encoding: 'windows-1250' },
  { prefix: 'SQL_Latin1_General_CP1251_', locale: 0x0419, sortId: 105, encoding: 'windows-1251' },
  { prefix: 'Latin1_General_', locale: 0x0409, sortId: 0, encoding: 'windows-1252' },
  { prefix: 'Cyrillic_General_', locale: 0x0419, sortId: 0, encoding: 'windows-1251' },
  { prefix: 'Greek_', locale: 0x0408, sortId: 0, encoding: 'windows-1253' },
  { prefix: 'Turkish_', locale: 0x041f, sortId: 0, encoding: 'windows-1254' },
  { prefix: 'Polish_', locale: 0x0415, sortId: 0, encoding: 'windows-1250' },
  { prefix: 'Czech_', locale: 0x0405, sortId: 0, encoding: 'windows-1250' },
  { prefix: 'Hebrew_', locale: 0x040d, sortId: 0, encoding: 'windows-1255' },
  { prefix: 'Arabic_', locale: 0x0401, sortId: 0, encoding: 'windows-1256' },
];

const UTF8_FLAG = 1 << 6;
const flagOf: readonly (readonly [RegExp, number])[] = [
  [/_CI(_|$)/, 1],
  [/_AI(_|$)/, 1 << 1],
  [/_BIN$/, 1 << 4],
  [/_BIN2(_|$)/, 1 << 5],
  [/_UTF8$/, UTF8_FLAG],
];

export const serverCollation = 'SQL_Latin1_General_CP1_CI_AS';

function familyOf(name: string): Family {
  const found = families.find((family) => name.startsWith(family.prefix)) ?? families[0];
  if (found === undefined) throw new Error('no collations');
  return found;
}

const packed = new Map<string, Buffer>();

/** The five bytes of a collation's name; an unknown one passes as the server's. */
export function collationBytes(name: string | null): Buffer {
  const known = packed.get(name ?? '');
  if (known !== undefined) return known;
  const family = familyOf(name ?? serverCollation);
  let flags = 0;
  for (const [pattern, flag] of flagOf) if (pattern.test(name ?? serverCollation)) flags |= flag;
  const sortId = (flags & UTF8_FLAG) === 0 ? family.sortId : 0;
  const bytes = Buffer.from([
    family.locale & 0xff,
    (family.locale >> 8) & 0xff,
    ((family.locale >> 16) & 0x0f) | ((flags & 0x0f) << 4),
    (flags >> 4) & 0x0f,
    sortId,
  ]);
  packed.set(name ?? '', bytes);
  return bytes;
}

/** The encoding of char and varchar under a collation, by its name. */
export function encodingOf(name: string | null): string {
  if (name?.endsWith('_UTF8') === true) return 'utf-8';
  return familyOf(name ?? serverCollation).encoding;
}

/** The encoding that five bytes from a client stand for. */
export function encodingOfBytes(bytes: Buffer): string {
  if (((bytes.readUInt8(3) & 0x0f) << 4) & UTF8_FLAG) return 'utf-8';
  const locale = bytes.readUInt16LE(0);
  const sortId = bytes.readUInt8(4);
  const bySort = families.find((family) => sortId !== 0 && family.sortId === sortId);
  const byLocale = families.find((family) => family.locale === locale && family.sortId === 0);
  return (bySort ?? byLocale)?.encoding ?? 'windows-1252';
}
