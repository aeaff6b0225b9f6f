import { Readable } from 'node:stream';
import { SluiceError } from '../../../core/errors.js';
import { displayName, type TableName } from '../../../core/names.js';
import type { NeutralType } from '../../../core/neutral-type.js';
import { neutralRows, type NeutralCell } from '../../../core/neutral-wire.js';
import { cannotHold } from './held-values.js';

/** Rows go on in parts of about this size. */
const PART_BYTES = 64 * 1024;
/** So long the rest of the rows is only counted: a load that writes nothing counts as stuck. */
const COUNTED_MS = 30_000;
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
  let until = Infinity;
  for await (const row of neutralRows(bytes, of.columns.length)) {
    refusal = countFaults(row, of, refusal);
    if (refusal !== null) {
      if (until === Infinity) until = Date.now() + COUNTED_MS;
      if (Date.now() > until) break;
      continue;
    }
    const line = textLine(row, of);
    lines.push(line);
    size += line.length;
    if (size < PART_BYTES) continue;
    yield Buffer.from(lines.join(''), 'utf8');
    lines = [];
    size = 0;
  }
  if (refusal !== null) throw rejected(refusal, of.table, Date.now() <= until);
  if (size > 0) yield Buffer.from(lines.join(''), 'utf8');
}

/** The first fault, and how many more of its kind its column has. */
interface Refusal {
  readonly at: number;
  readonly column: string;
  readonly fault: string;
  readonly count: number;
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
    refusal = { at, column: column.name, fault, count: (refusal?.count ?? 0) + 1 };
  }
  return refusal;
}

function rejected(
  { column, fault, count }: Refusal,
  table: TableName,
  wholly: boolean,
): SluiceError {
  const others =
    count === 1
      ? ''
      : ` (${wholly ? '' : 'at least '}${String(count)} values in this part of the table)`;
  return new SluiceError(
    'ROW_REJECTED',
    `A value of ${displayName(table)}, column ${column}, ${fault}${others}.`,
    { remedy: 'Change the value on the source, or leave the table out.' },
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
