/**
 * Types that every engine can say something of, and the text by which a value of each travels
 * between engines. A value that an engine cannot hold is refused by that engine, never bent.
 *
 * | kind      | bytes of a value                                                               |
 * |-----------|--------------------------------------------------------------------------------|
 * | boolean   | `1` or `0`                                                                     |
 * | integer   | decimal digits with `-` where negative; 8 bits mean 0 to 255                   |
 * | decimal   | plain digits with a point and all digits of the scale; `NaN`, `Infinity`, `-Infinity` |
 * | float     | the shortest text that reads back as the same number; `NaN`, `Infinity`, `-Infinity`  |
 * | date      | `YYYY-MM-DD`                                                                   |
 * | time      | `HH:MM:SS`, a point and a fraction where the type has one                      |
 * | timestamp | date, blank, time; with zone `utc` or `offset` a blank and `+hh:mm` after it   |
 * | uuid      | lower case with hyphens                                                        |
 * | binary    | the bytes themselves                                                           |
 * | text, json, xml | as it is, in UTF-8                                                       |
 */
export type NeutralType =
  | { readonly kind: 'boolean' | 'date' | 'uuid' | 'json' | 'xml' }
  | { readonly kind: 'integer'; readonly bits: 8 | 16 | 32 | 64 }
  /** Null: as many digits as a value has. */
  | { readonly kind: 'decimal'; readonly precision: number | null; readonly scale: number | null }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  /** Digits of the second's fraction, 0 to 9. */
  | { readonly kind: 'time'; readonly digits: number }
  | { readonly kind: 'timestamp'; readonly digits: number; readonly zone: TimestampZone }
  /** Length in bytes (binary) or characters (text); null: without a limit. */
  | { readonly kind: 'binary' | 'text'; readonly length: number | null; readonly fixed: boolean };

/** none: a wall clock; utc: an instant; offset: an instant that keeps the offset it was given with. */
export type TimestampZone = 'none' | 'utc' | 'offset';

/** Short text for shapes of changes: `decimal(38,10)`, `text(50,fixed)`, `timestamp(7,offset)`. */
export function formatNeutral(type: NeutralType): string {
  switch (type.kind) {
    case 'integer':
    case 'float':
      return `${type.kind}(${type.bits})`;
    case 'decimal':
      return `decimal(${type.precision ?? '*'},${type.scale ?? '*'})`;
    case 'time':
      return `time(${type.digits})`;
    case 'timestamp':
      return `timestamp(${type.digits},${type.zone})`;
    case 'binary':
    case 'text':
      return `${type.kind}(${type.length ?? '*'}${type.fixed ? ',fixed' : ''})`;
    default:
      return type.kind;
  }
}

const FORM = /^(\w+)(?:\((\d+|\*)(?:,(\w+|\*))?\))?$/;

/** @throws TypeError for text that formatNeutral cannot have made */
export function parseNeutral(text: string): NeutralType {
  const match = FORM.exec(text);
  const parsed = match === null ? null : read(match[1] ?? '', match[2], match[3]);
  if (parsed === null || formatNeutral(parsed) !== text) {
    throw new TypeError(`${text} is no neutral type.`);
  }
  return parsed;
}

function read(kind: string, first = '', second = ''): NeutralType | null {
  switch (kind) {
    case 'boolean':
    case 'date':
    case 'uuid':
    case 'json':
    case 'xml':
      return { kind };
    case 'integer':
      return {
        kind,
        bits: ([8, 16, 32, 64] as const).find((bits) => String(bits) === first) ?? 64,
      };
    case 'float':
      return { kind, bits: first === '32' ? 32 : 64 };
    case 'decimal':
      return { kind, precision: limit(first), scale: limit(second) };
    case 'time':
      return { kind, digits: Number(first) };
    case 'timestamp':
      return {
        kind,
        digits: Number(first),
        zone: second === 'utc' || second === 'offset' ? second : 'none',
      };
    case 'binary':
    case 'text':
      return { kind, length: limit(first), fixed: second === 'fixed' };
    default:
      return null;
  }
}

function limit(text: string): number | null {
  return text === '*' ? null : Number(text);
}

/** A cell of this kind is bytes as they are; all others are text. */
export function isBytes(type: NeutralType): boolean {
  return type.kind === 'binary';
}
