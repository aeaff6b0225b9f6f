import { formatNeutral } from '../../../core/neutral-type.js';
import type { MsType } from '../catalog/model.js';
import { neutralSystemType } from '../catalog/neutral-type-of.js';
import { typeText } from '../catalog/type-text.js';

/** Types whose values only SQL Server reads, and that travel to it as they are. */
const NATIVE: ReadonlySet<string> = new Set([
  'sql_variant',
  'hierarchyid',
  'geography',
  'geometry',
]);
const NATIVE_PREFIX = 'native:';

/** Whether a column of the type can be copied at all: to SQL Server, or anywhere. */
export function isCopyable(type: MsType, to: 'sqlserver' | 'neutral'): boolean {
  return neutralSystemType(type) !== null || (to === 'sqlserver' && NATIVE.has(type.name));
}

/** How the shape of a row names the type: `decimal(38,10)`, `native:sql_variant`. */
export function wireTypeText(type: MsType): string {
  const neutral = neutralSystemType(type);
  return neutral === null ? `${NATIVE_PREFIX}${typeText(type)}` : formatNeutral(neutral);
}

/** Cells of these are bytes as they are; all others are text. */
export function isRaw(type: MsType): boolean {
  const neutral = neutralSystemType(type);
  return neutral === null ? type.name !== 'sql_variant' : neutral.kind === 'binary';
}
