/**
 * Columns that the configuration lets travel as text, to a target of another engine that has no
 * type for all of their values: an infinity, a seventh digit, an array.
 */
import type { TableName } from './names.js';
import type { NeutralColumn, NeutralTable } from './neutral-table.js';
import type { NeutralType } from './neutral-type.js';

/** The columns of a table that travel as text, as it is configured now; some may not be there. */
export type AsText = (table: TableName) => readonly string[];

export const WHOLE_TEXT: NeutralType = { kind: 'text', length: null, fixed: false };

/** The table as its targets of another engine are to have it. Names that it lacks are passed over. */
export function withTexts(neutral: NeutralTable, names: readonly string[]): NeutralTable {
  if (names.length === 0) return neutral;
  const columns = neutral.columns.map((column) =>
    names.includes(column.name) ? { ...column, type: WHOLE_TEXT, asText: true } : column,
  );
  return { ...neutral, columns };
}

/**
 * Why a column cannot travel as text, as the end of a sentence; null: it can, or is not there.
 *
 * @param bound columns by whose values rows are found: the key, a watermark
 */
export function whyNoText(
  neutral: NeutralTable,
  name: string,
  bound: readonly string[],
): string | null {
  const column = neutral.columns.find((one) => one.name === name);
  if (column === undefined) return null;
  if (isKeyed(neutral, column) || bound.includes(name)) return 'rows are found by its values';
  return column.hasText === true
    ? null
    : `a ${column.sourceType} has no text that could stand for it`;
}

function isKeyed(
  { primaryKey, uniques, foreignKeys }: NeutralTable,
  { name }: NeutralColumn,
): boolean {
  const keys = [...(primaryKey === null ? [] : [primaryKey]), ...uniques, ...foreignKeys];
  return keys.some(({ columns }) => columns.includes(name));
}

/** Kinds whose values are something else as text; a text that is none of them is refused by them. */
const MEASURES: ReadonlySet<NeutralType['kind']> = new Set<NeutralType['kind']>([
  ...(['boolean', 'decimal', 'float', 'date', 'time', 'timestamp', 'binary'] as const),
]);

/**
 * Whether rows speak another form than their target's column has: they travel as text, and the
 * column is not text yet, or the other way round. A decimal may lie in a text (it has no limit).
 *
 * @param held null: of a type that only the target's engine knows
 */
export function formsDiffer(sent: NeutralType, held: NeutralType | null): boolean {
  if (held === null) return false;
  if (sent.kind === 'text') return MEASURES.has(held.kind);
  return held.kind === 'text' && sent.kind !== 'decimal' && MEASURES.has(sent.kind);
}
