import type { MsColumn, MsType } from '../catalog/model.js';
import { typeText } from '../catalog/type-text.js';

const WITH_LENGTH = new Set(['char', 'varchar', 'nchar', 'nvarchar', 'binary', 'varbinary']);
const ONE_BYTE_TEXTS = new Set(['char', 'varchar', 'text']);
const UTF8 = 65001;

export type TypeVerdict = 'same' | 'wider' | 'other';

/** Whether a target column takes every value of the source's. */
export function compareTypes(source: MsType, target: MsType): TypeVerdict {
  if (source.name === 'timestamp' && isRowversionCopy(target)) return 'same';
  if (typeText(source) === typeText(target)) return 'same';
  const sameKind = sameName(source.name, target.name);
  if (sameKind && WITH_LENGTH.has(source.name)) {
    // A longer char or binary is filled up, which is another value.
    const variable = target.name.startsWith('var') || target.name === 'nvarchar';
    return variable && isLonger(target.maxLength, source.maxLength) ? 'wider' : 'other';
  }
  if (!sameKind || source.name !== 'decimal') return 'other';
  const whole = (type: MsType) => type.precision - type.scale;
  return target.scale >= source.scale && whole(target) >= whole(source) ? 'wider' : 'other';
}

function sameName(a: string, b: string): boolean {
  const plain = (name: string) => (name === 'numeric' ? 'decimal' : name);
  return plain(a) === plain(b);
}

function isRowversionCopy(target: MsType): boolean {
  return target.name === 'timestamp' || (target.name === 'binary' && target.maxLength === 8);
}

function isLonger(target: number, source: number): boolean {
  return target < 0 || (source >= 0 && target > source);
}

/**
 * Whether a text of one byte a character goes through unchanged. What the target's code page does
 * not have would become a question mark, and the server would not say so.
 */
export function sameCodePage(
  source: MsColumn,
  target: MsColumn,
  codePage: (collation: string) => number | null,
): boolean {
  if (!ONE_BYTE_TEXTS.has(source.type.name) || !ONE_BYTE_TEXTS.has(target.type.name)) return true;
  if (source.collation === null || target.collation === null) return true;
  if (source.collation === target.collation) return true;
  const page = codePage(target.collation);
  return page === UTF8 || page === codePage(source.collation);
}
