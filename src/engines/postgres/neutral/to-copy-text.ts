import { Readable } from 'node:stream';
import { SluiceError } from '../../../core/errors.js';
import { displayName, type TableName } from '../../../core/names.js';
import type { NeutralType } from '../../../core/neutral-type.js';
import { neutralRows, type NeutralCell } from '../../../core/neutral-wire.js';
import { RefusalCount, TEXT_REMEDY, VALUE_REMEDY } from '../../refusal-count.js';
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
 * The stream fails with ROW_REJECTED when a column cannot hold a value, once it has counted how many
 * there are in it: who has to mend them on the source wants to know.
 */
export function toCopyText(bytes: Readable, of: NeutralColumns): Readable {
  return Readable.from(textParts(bytes, of), { objectMode: false });
}

async function* textParts(bytes: Readable, of: NeutralColumns): AsyncGenerator<Buffer> {
  let lines: string[] = [];
  let size = 0;
  let refusal: Refusal | null = null;
  for await (const row of neutralRows(bytes, of.columns.length)) {
    refusal = countFaults(row, of, refusal);
    if (refusal?.count.isOver === true) break;
    if (refusal !== null) continue;
    const line = textLine(row, of);
    lines.push(line);
    size += line.length;
    if (size < PART_BYTES) continue;
    yield Buffer.from(lines.join(''), 'utf8');
    lines = [];
    size = 0;
  }
  if (refusal !== null) throw rejected(refusal, of);
  if (size > 0) yield Buffer.from(lines.join(''), 'utf8');
}

/** The first fault, and how many of its kind its column has. */
interface Refusal {
  readonly at: number;
  readonly column: string;
  readonly fault: string;
  readonly count: RefusalCount;
}

function countFaults(
  row: readonly NeutralCell[],
  { columns }: NeutralColumns,
  known: Refusal | null,
): Refusal | null {
  let refusal = known;
  for (const [at, cell] of row.entries()) {
    const column = columns[at];
    if (cell === null || column === undefined) continue;
    if (refusal !== null && refusal.at !== at) continue;
    const fault = cannotHold(cell, column.type);
    if (fault === null) continue;
    refusal ??= { at, column: column.name, fault, count: new RefusalCount() };
    refusal.count.add();
  }
  return refusal;
}

function rejected(
  { at, column, fault, count }: Refusal,
  { table, columns }: NeutralColumns,
): SluiceError {
  const isText = columns[at]?.type.kind === 'text';
  return new SluiceError(
    'ROW_REJECTED',
    `A value of ${displayName(table)}, column ${column}, ${fault}${count.others}.`,
    { remedy: isText ? VALUE_REMEDY : TEXT_REMEDY },
  );
}

function textLine(row: readonly NeutralCell[], { columns }: NeutralColumns): string {
  let line = '';
  for (const [at, cell] of row.entries()) {
    const column = columns[at];
    if (column === undefined) throw new RangeError('A row has more cells than columns.');
    if (at > 0) line += '\t';
    line += cell === null ? NULL_TEXT : cellText(cell, column.type);
  }
  return `${line}\n`;
}

function cellText(cell: Buffer, type: NeutralType): string {
  if (type.kind === 'binary') return `\\\\x${cell.toString('hex')}`;
  return cell.toString('utf8').replace(ESCAPED, (character) => ESCAPES[character] ?? character);
}
