import type { Image } from '../../../core/cell.js';
import { BINARY_FORMAT, formatOf } from '../../../core/cell.js';
import { UNCHANGED } from '../../../core/change.js';
import { cellLength } from './cell-bytes.js';
import { encodeColumn } from './column-array.js';
import type { PlanColumn } from './table-plan.js';
import { FIRST_USER_OID } from './table-plan.js';

const TEXT_OID = 25;
const TEXT_ARRAY_OID = 1009;
const ARRAY_HEADER_BYTES = 12;
const ELEMENT_OID_OFFSET = 8;

/** A column of the rows that go into a statement: one cell of each image. */
export interface Field {
  readonly alias: string;
  readonly column: PlanColumn;
  readonly images: readonly Image[];
}

/** Rows as a statement reads them: a FROM item named `s` whose column `n` counts them from 1. */
export interface SourceRows {
  readonly from: string;
  /** SQL expression of a field, by alias. */
  readonly expressions: ReadonlyMap<string, string>;
  readonly types: readonly number[];
  readonly values: readonly (Buffer | string | null)[];
  readonly count: number;
}

/**
 * All rows as one array per column. Null when a column cannot travel so: its type is an array or
 * composite in binary form, or its cells mix text and binary.
 */
export function arraySource(fields: readonly Field[], count: number): SourceRows | null {
  const types: number[] = [];
  const values: Buffer[] = [];
  const expressions = new Map<string, string>();
  for (const field of fields) {
    const form = commonForm(field);
    const { wire, target } = field.column;
    if (form === 'mixed' || (form === 'binary' && !isArrayable(field.column))) return null;
    const asText = form === 'text' || !isArrayable(field.column);
    types.push(asText ? TEXT_ARRAY_OID : wire.arrayOid);
    values.push(encodeColumn(asText ? TEXT_OID : wire.oid, field.images, field.column.index));
    const cast = asText ? `::${target.type.sql}` : '';
    expressions.set(field.alias, `s.${field.alias}${cast}`);
  }
  const parameters = fields.map((_, index) => `$${index + 1}`).join(', ');
  const names = [...fields.map((field) => field.alias), 'n'].join(', ');
  const from = `unnest(${parameters}) with ordinality as s (${names})`;
  return { from, expressions, types, values, count };
}

/** One row as parameters of its own: any type, and each cell in the format it came in. */
export function rowSource(fields: readonly Field[], row: number): SourceRows {
  const expressions = new Map<string, string>();
  const items: string[] = [];
  fields.forEach((field, index) => {
    expressions.set(field.alias, `s.${field.alias}`);
    items.push(`$${index + 1} as ${field.alias}`);
  });
  return {
    from: `(select ${[...items, '1 as n'].join(', ')}) as s`,
    expressions,
    types: fields.map((field) => field.column.wire.oid),
    values: fields.map((field) => parameter(field, row)),
    count: 1,
  };
}

function parameter(field: Field, row: number): Buffer | string | null {
  const image = field.images[row];
  const cell = image?.cells[field.column.index];
  if (image === undefined || cell === undefined || cell === null || cell === UNCHANGED) return null;
  const binary = formatOf(image, field.column.index) === BINARY_FORMAT;
  return binary ? localized(cell, field.column) : cell.toString('utf8');
}

/** A binary array names its element type by a number; for a user's type that is the source's. */
function localized(cell: Buffer, { wire }: PlanColumn): Buffer {
  if (wire.elementOid < FIRST_USER_OID || cell.length < ARRAY_HEADER_BYTES) return cell;
  const copy = Buffer.from(cell);
  copy.writeUInt32BE(wire.elementOid, ELEMENT_OID_OFFSET);
  return copy;
}

function isArrayable(column: PlanColumn): boolean {
  return column.wire.simple && column.wire.arrayOid !== 0;
}

function commonForm(field: Field): 'binary' | 'text' | 'mixed' | 'null' {
  let form: 'binary' | 'text' | 'null' = 'null';
  const { index } = field.column;
  for (const image of field.images) {
    if (cellLength(image, index) < 0) continue;
    const here = formatOf(image, index) === BINARY_FORMAT ? 'binary' : 'text';
    if (form === 'null') form = here;
    else if (form !== here) return 'mixed';
  }
  return form;
}
