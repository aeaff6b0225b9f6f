import { createHash } from 'node:crypto';

/**
 * The canonical text of values, by which databases of different products are compared. Each engine
 * produces it in SQL, byte for byte in UTF-8; this is the same in JavaScript, for engines that
 * cannot and for the tests of those that can.
 *
 * | kind      | text of a value                                                                    |
 * |-----------|------------------------------------------------------------------------------------|
 * | boolean   | `1` or `0`                                                                         |
 * | integer   | decimal digits with `-` where negative                                             |
 * | decimal   | digits without exponent, no trailing zeros after the point and no bare point: `1.5`, `0`, `-20`; `NaN`, `Infinity`, `-Infinity` |
 * | float     | the 16 hex digits of the IEEE 754 double, big-endian; single precision is widened first; every NaN is `7ff8000000000000` |
 * | date      | `YYYY-MM-DD`                                                                       |
 * | time      | `HH:MM:SS`, then a point and the fraction without trailing zeros if it is not 0   |
 * | timestamp | date, blank, time; with a time zone: in UTC, and no zone is written. A seventh digit stays, so it differs from every six-digit value |
 * | uuid      | lower case with hyphens                                                            |
 * | binary    | lower-case hex                                                                     |
 * | fixed     | text of fixed width, without the blanks at its end                                 |
 * | text      | as it is                                                                           |
 * | json      | the text that the server gives (normalized where the type is)                      |
 *
 * A cell is `~;` for NULL; for fixed, text and json its length in bytes of UTF-8, `:`, the text and
 * `;`; for the others the text and `;`. A row is its cells one after the other, so NULL, '' and
 * values that run into each other all differ.
 */
export type CanonicalKind =
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'float'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'uuid'
  | 'binary'
  | 'fixed'
  | 'text'
  | 'json';

export type CanonicalValue = string | number | bigint | boolean | Uint8Array | null;

/** Hex digits of SHA-256 that count: 60 bits fit a signed 64-bit integer everywhere. */
export const HASH_DIGITS = 15;

const CANONICAL_NAN = '7ff8000000000000';
const WITH_LENGTH: ReadonlySet<CanonicalKind> = new Set<CanonicalKind>(['fixed', 'text', 'json']);
const NULL_CELL = '~;';

/** Its length goes before its text, which may hold an end mark. */
export function isMeasured(kind: CanonicalKind): boolean {
  return WITH_LENGTH.has(kind);
}

/** The cell with its end mark; throws TypeError for a value that the kind cannot have. */
export function canonicalCell(kind: CanonicalKind, value: CanonicalValue): string {
  if (value === null) return NULL_CELL;
  const text = canonicalText(kind, value);
  return isMeasured(kind) ? `${String(Buffer.byteLength(text))}:${text};` : `${text};`;
}

/** The first 60 bits of the SHA-256 of a row's canonical text, as a number that can be summed. */
export function canonicalHash(row: string): bigint {
  return BigInt(
    `0x${createHash('sha256').update(row, 'utf8').digest('hex').slice(0, HASH_DIGITS)}`,
  );
}

/**
 * Take a canonical row apart again: each cell's text without marks, null for NULL. Throws
 * TypeError where the text is not what `kinds` would have made.
 */
export function parseCanonical(kinds: readonly CanonicalKind[], row: string): (string | null)[] {
  const bytes = Buffer.from(row, 'utf8');
  const cells: (string | null)[] = [];
  let offset = 0;
  for (const kind of kinds) {
    const cell = isMeasured(kind) ? readMeasured(bytes, offset) : readPlain(bytes, offset);
    cells.push(cell.text);
    offset = cell.end;
  }
  if (offset !== bytes.length) throw new TypeError('A canonical text is too long.');
  return cells;
}

/** A float's canonical text as a number. */
export function parseCanonicalFloat(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE();
}

function canonicalText(kind: CanonicalKind, value: Exclude<CanonicalValue, null>): string {
  switch (kind) {
    case 'boolean':
      return value === true || value === 1 || value === '1' || value === 't' ? '1' : '0';
    case 'integer':
      return BigInt(requireNumeric(value)).toString();
    case 'decimal':
      return trimDecimal(String(value));
    case 'float':
      return floatHex(Number(value));
    case 'binary':
      return Buffer.from(requireBytes(value)).toString('hex');
    case 'uuid':
      return String(value).toLowerCase();
    case 'time':
    case 'timestamp':
      return trimFraction(String(value));
    case 'fixed':
      return String(value).replace(/ +$/, '');
    default:
      return String(value);
  }
}

function trimDecimal(text: string): string {
  const match = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text);
  if (match === null) return text;
  const whole = match[2] === '' ? '0' : (match[2] ?? '0');
  const digits = match[3] ?? '';
  const magnitude = digits === '' ? whole : `${whole}.${digits}`;
  return match[1] === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude;
}

/** Accepts `T` between date and time, a final Z, and any number of zeros. */
function trimFraction(text: string): string {
  const plain = text.replace('T', ' ').replace(/Z$/, '');
  return plain.replace(/(\.\d*?)0+(?=$| )/, '$1').replace(/\.(?=$| )/, '');
}

function floatHex(value: number): string {
  if (Number.isNaN(value)) return CANONICAL_NAN;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

function requireNumeric(value: Exclude<CanonicalValue, null>): string | number | bigint {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    return value;
  }
  throw new TypeError('An integer has to be a number or a text.');
}

function requireBytes(value: Exclude<CanonicalValue, null>): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError('A binary value has to be bytes.');
}

interface ReadCell {
  readonly text: string | null;
  readonly end: number;
}

function readPlain(bytes: Buffer, start: number): ReadCell {
  const stop = bytes.indexOf(';', start);
  if (stop < 0) throw new TypeError('A canonical text ends too early.');
  const text = bytes.toString('utf8', start, stop);
  return { text: text === '~' ? null : text, end: stop + 1 };
}

function readMeasured(bytes: Buffer, start: number): ReadCell {
  if (bytes.toString('utf8', start, start + 2) === NULL_CELL) return { text: null, end: start + 2 };
  const colon = bytes.indexOf(':', start);
  const length = Number(bytes.toString('utf8', start, colon));
  const stop = colon + 1 + length;
  if (colon < 0 || !Number.isInteger(length) || bytes[stop] !== 0x3b) {
    throw new TypeError('A canonical text has a wrong length.');
  }
  return { text: bytes.toString('utf8', colon + 1, stop), end: stop + 1 };
}
