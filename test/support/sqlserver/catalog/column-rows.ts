/**
 * Columns as the catalog keeps them, for the engine: type, identity, what is given where a row
 * brings no value. Needed by test/conformance/sqlserver/identity: "counts from its seed by its
 * increment" and test/conformance/sqlserver/nulls-and-numbers: "grows with every change".
 */
import { z } from 'zod';
import type { MsType, MsTypeName } from '../backend.js';
import type { ColumnInfo } from '../engine/catalog-seam.js';
import { systemType } from '../engine/types/type-names.js';

const columnRow = z.object({
  id: z.number(),
  name: z.string(),
  type: z.string(),
  length: z.number(),
  precision: z.number(),
  scale: z.number(),
  collation: z.string().nullable(),
  nullable: z.boolean(),
  seed: z.string().nullable(),
  increment: z.string().nullable(),
  computed: z.boolean(),
  default: z.string().nullable(),
});

export const columnRows = z.array(columnRow).nullable();

export type ColumnRow = z.infer<typeof columnRow>;

/** Whether the catalog's text is the name of a type. */
export function typeName(name: string): MsTypeName {
  const type = systemType({ name: [name], size: null, scale: null }, DEFAULT_COLLATION, false);
  if (type === undefined) throw new Error(`the catalog holds a type ${name}`);
  return type.name;
}

const DEFAULT_COLLATION = 'SQL_Latin1_General_CP1_CI_AS';

export function typeOfRow(
  row: Pick<ColumnRow, 'type' | 'length' | 'precision' | 'scale' | 'collation'>,
): MsType {
  const { type, length, precision, scale, collation } = row;
  return { name: typeName(type), length, precision, scale, collation };
}

export function columnOfRow(row: ColumnRow, identitySequence: string): ColumnInfo {
  const { id, name, nullable, seed, increment, computed } = row;
  const type = typeOfRow(row);
  const given = type.name === 'timestamp' ? 'ss.next_rowversion()' : row.default;
  return {
    id,
    name,
    pg: `c${String(id)}`,
    type,
    nullable,
    ...(seed !== null && increment !== null
      ? { identity: { seed, increment, sequence: identitySequence } }
      : {}),
    ...(computed ? { computed } : {}),
    ...(given === null ? {} : { default: given }),
  };
}
