import type { AsText } from '../../../core/as-text.js';
import type { TableName } from '../../../core/names.js';
import type { FeedOptions } from '../../contract/feed.js';
import type { MsType } from '../catalog/model.js';
import { quoteIdent } from '../sql/quote.js';
import { hasText, sentAs } from '../types/as-text.js';
import type { CellOf } from '../types/cell-of.js';
import { cellOf } from '../types/cell-of.js';
import { isRaw, wireTypeText } from '../types/neutral-of.js';

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

/** How the changes of a feed are to be sent. */
export interface ChangeForm {
  readonly wire: ChangeWire;
  readonly asText: AsText;
}

/** A column of a key travels as what it is: rows are found by it. */
export function goesAsText(
  { wire, asText }: ChangeForm,
  table: TableName,
  column: { readonly name: string; readonly type: MsType; readonly key: boolean },
): boolean {
  const { name, type, key } = column;
  return wire === 'neutral' && !key && hasText(type) && asText(table).includes(name);
}

export function wireColumn(
  name: string,
  type: MsType,
  wire: ChangeWire,
  asText = false,
): WireColumn {
  const sent = sentAs(type, asText);
  return {
    type: wireTypeText(sent.type),
    expression: (alias) => sent.read(`${alias}.${quoteIdent(name)}`),
    cell: cellOf(sent.type, name, wire),
    raw: isRaw(sent.type),
  };
}

/** The format of each cell of a change: 1 for bytes as they are, 0 for text. */
export function formatsOf(columns: readonly WireColumn[]): Uint8Array {
  return Uint8Array.from(columns, (column) => (column.raw ? 1 : 0));
}

export function changeForm({ wire, asText = () => [] }: FeedOptions): ChangeForm {
  return { wire: wire === 'sqlserver' ? 'sqlserver' : 'neutral', asText };
}
