import type { MsType } from '../catalog/model.js';
import { quoteIdent } from '../sql/quote.js';
import type { CellOf } from '../types/cell-of.js';
import { cellOf } from '../types/cell-of.js';
import { isRaw, wireTypeText } from '../types/neutral-of.js';
import { readSql } from '../types/read-sql.js';

export type ChangeWire = 'neutral' | 'sqlserver';

/** How a column's values leave the source. */
export interface WireColumn {
  /** What the shape of a change says of the type. */
  readonly type: string;
  /** Reads the column of a row with this alias. */
  readonly expression: (alias: string) => string;
  readonly cell: CellOf;
  /** Its cells are bytes as they are, not text. */
  readonly raw: boolean;
}

export function wireColumn(name: string, type: MsType, wire: ChangeWire): WireColumn {
  return {
    type: wireTypeText(type),
    expression: (alias) => readSql(type, `${alias}.${quoteIdent(name)}`),
    cell: cellOf(type, name, wire),
    raw: isRaw(type),
  };
}

/** The format of each cell of a change: 1 for bytes as they are, 0 for text. */
export function formatsOf(columns: readonly WireColumn[]): Uint8Array {
  return Uint8Array.from(columns, (column) => (column.raw ? 1 : 0));
}

export function changeWire(name: string): ChangeWire {
  return name === 'sqlserver' ? 'sqlserver' : 'neutral';
}
