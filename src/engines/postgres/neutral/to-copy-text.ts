import { Readable } from 'node:stream';
import { SluiceError } from '../../../core/errors.js';
import { displayName, type TableName } from '../../../core/names.js';
import type { NeutralType } from '../../../core/neutral-type.js';
import { neutralRows, type NeutralCell } from '../../../core/neutral-wire.js';
import { cannotHold } from './held-values.js';

/** Rows go on in parts of about this size. */
const PART_BYTES = 64 * 1024;
const NULL_TEXT = '\\N';
const ESCAPED = /[\\\n\r\t\b\f\v]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
};

export interface NeutralColumns {
  readonly table: TableName;
  readonly columns: readonly { readonly name: string; readonly type: NeutralType }[];
}

/**
 * Neutral rows as the text format of COPY (PostgreSQL documentation, COPY, "Text Format").
 *
 * The stream fails with ROW_REJECTED when a column cannot hold a value.
 */
export function toCopyText(bytes: Readable, of: NeutralColumns): Readable {
  return Readable.from(textParts(bytes, of), { objectMode: false });
}

async function* textParts(bytes: Readable, of: NeutralColumns): AsyncGenerator<Buffer> {
  let lines: string[] = [];
  let size = 0;
  for await (const row of neutralRows(bytes, of.columns.length)) {
    const line = textLine(row, of);
    lines.push(line);
    size += line.length;
    if (size < PART_BYTES) continue;
    yield Buffer.from(lines.join(''), 'utf8');
    lines = [];
    size = 0;
  }
  if (size > 0) yield Buffer.from(lines.join(''), 'utf8');
}

function textLine(row: readonly NeutralCell[], { table, columns }: NeutralColumns): string {
  let line = '';
  for (const [at, cell] of row.entries()) {
    const column = columns[at];
    if (column === undefined) throw new RangeError('A row has more cells than columns.');
    if (at > 0) line += '\t';
    line += cell === null ? NULL_TEXT : cellText(cell, column, table);
  }
  return `${line}\n`;
}

function cellText(
  cell: Buffer,
  column: { readonly name: string; readonly type: NeutralType },
  table: TableName,
): string {
  if (column.type.kind === 'binary') return `\\\\x${cell.toString('hex')}`;
  const fault = cannotHold(cell, column.type);
  if (fault !== null) {
    throw new SluiceError(
      'ROW_REJECTED',
      `A value of ${displayName(table)}, column ${column.name}, ${fault}.`,
      { remedy: 'Change the value on the source, or leave the table out.' },
    );
  }
  return cell.toString('utf8').replace(ESCAPED, (character) => ESCAPES[character] ?? character);
}
