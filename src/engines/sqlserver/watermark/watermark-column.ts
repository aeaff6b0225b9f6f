import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { TableModel } from '../../contract/schema.js';
import type { Watermark } from '../../contract/watermark.js';
import type { MsColumn } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import { canBeKey, keySql, keyText } from '../types/key-sql.js';
import { readSql } from '../types/read-sql.js';

/**
 * rowversion: the server counts it, and says what is still open; time: knows durations; number: an
 * identity or another counter; other: knows nothing but its order.
 */
export type WatermarkKind = 'rowversion' | 'time' | 'number' | 'other';

/** What statements about one watermark column need. */
export interface WatermarkColumn {
  /** Quoted. */
  readonly relation: string;
  /** Quoted. */
  readonly name: string;
  readonly column: MsColumn;
  readonly kind: WatermarkKind;
  /** An expression of exactly the column's type out of a text parameter. */
  readonly value: (parameter: string) => string;
  /** Reads a value so that `text` makes a watermark of it. */
  readonly read: (expression: string) => string;
  readonly text: (value: unknown) => Watermark | null;
}

const TIMES = new Set(['date', 'datetime', 'smalldatetime', 'datetime2', 'datetimeoffset']);
const NUMBERS = new Set(['tinyint', 'smallint', 'int', 'bigint']);

/** @throws SluiceError SCHEMA_MISMATCH when the table has no such column, or one without an order */
export function watermarkColumn(model: TableModel, name: string): WatermarkColumn {
  const column = nativeTable(model).column(name);
  if (column === undefined || !canBeKey(column.type)) {
    const what = column === undefined ? `no column ${name}` : `a column ${name} without an order`;
    throw new SluiceError('SCHEMA_MISMATCH', `${displayName(model.name)} has ${what}.`, {
      remedy: 'Correct watermark.column in its settings.',
    });
  }
  return {
    relation: quoteQualified(model.name.schema, model.name.table),
    name: quoteIdent(name),
    column,
    kind: kindOf(column.type.name),
    value: (parameter) => keySql(column, parameter),
    read: (expression) => readSql(column.type, expression),
    text: keyText(column),
  };
}

function kindOf(type: string): WatermarkKind {
  if (type === 'timestamp') return 'rowversion';
  if (TIMES.has(type)) return 'time';
  return NUMBERS.has(type) ? 'number' : 'other';
}

const BYTES = /^(?:0x|\\x)([0-9a-f]*)$/i;

/** A watermark that a target gave, in the words of this engine: bytes are hex digits alone. */
export function plainWatermark(watermark: Watermark): Watermark {
  const bytes = BYTES.exec(watermark);
  return bytes === null ? watermark : (bytes[1] ?? '').toLowerCase();
}
