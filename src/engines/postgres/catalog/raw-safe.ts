import { z } from 'zod';
import type { Query } from '../sql-session.js';
import { readRows } from './read-rows.js';
import { TYPE_SHAPES } from './sql/type-shapes.js';

/**
 * Oids below this are written into the server's source and stay the same in every version; those
 * above are given out by each server (PostgreSQL documentation, "System Catalog Initial Data").
 */
const FIRST_LOCAL_OID = 10_000;

/**
 * The built-in types that travel as an object's number, and their arrays: regproc, regprocedure,
 * regoper, regoperator, regclass, regtype, regconfig, regdictionary, regnamespace, regrole,
 * regcollation (PostgreSQL source, src/include/catalog/pg_type.dat).
 */
const OBJECT_NUMBERS = new Set([
  24, 1008, 2202, 2207, 2203, 2208, 2204, 2209, 2205, 2210, 2206, 2211, 3734, 3735, 3769, 3770,
  4089, 4090, 4096, 4097, 4191, 4192,
]);

const shapeRow = z.object({
  oid: z.string(),
  name: z.string(),
  schema: z.string(),
  kind: z.string(),
  isArray: z.boolean(),
  hasBinary: z.boolean(),
  element: z.string().nullable(),
  base: z.string().nullable(),
  subtype: z.string().nullable(),
  attributes: z.array(z.string()),
  isTableRow: z.boolean(),
});
export type TypeShape = z.infer<typeof shapeRow>;

/** The types of columns and all types inside them, by oid. */
export async function readTypeShapes(
  query: Query,
  oids: readonly string[],
): Promise<Map<string, TypeShape>> {
  const rows = await readRows(query, TYPE_SHAPES, shapeRow, [[...new Set(oids)]]);
  return new Map(rows.map((row) => [row.oid, row]));
}

/**
 * Whether a type's binary form means the same on another server. reg* types are an oid, and a few
 * types have no binary form. Arrays and rows do carry the oids of the types inside, but from version
 * 14 on the receiver only believes those of built-in types (PostgreSQL source, array_recv and
 * record_recv); enums travel as labels, ranges and domains as what they are made of.
 */
export function isRawSafe(oid: string, shapes: ReadonlyMap<string, TypeShape>): boolean {
  const shape = shapes.get(oid);
  if (!shape?.hasBinary) return false;
  if (isBuiltIn(oid) && /^_?reg/.test(shape.name)) return false;
  const inside = (part: string | null) => part !== null && isRawSafe(part, shapes);
  if (shape.kind === 'd') return inside(shape.base);
  if (shape.kind === 'r' || shape.kind === 'm') return inside(shape.subtype);
  if (shape.kind === 'c') return shape.attributes.every(inside);
  return shape.isArray ? inside(shape.element) : true;
}

/** False without asking the server: a built-in type whose binary form means the same everywhere. */
export function mayBeUnsafe(oid: string): boolean {
  return !isBuiltIn(oid) || OBJECT_NUMBERS.has(Number(oid));
}

/** The first type inside (or the type itself) that Sluice cannot make on a target. */
export function rowTypeInside(oid: string, shapes: ReadonlyMap<string, TypeShape>): string | null {
  const shape = shapes.get(oid);
  if (shape === undefined) return null;
  if (shape.isTableRow) return `${shape.schema}.${shape.name}`;
  const parts = [shape.isArray ? shape.element : null, shape.base, shape.subtype];
  for (const part of [...parts, ...shape.attributes]) {
    const found = part === null ? null : rowTypeInside(part, shapes);
    if (found !== null) return found;
  }
  return null;
}

function isBuiltIn(oid: string): boolean {
  return Number(oid) < FIRST_LOCAL_OID;
}
