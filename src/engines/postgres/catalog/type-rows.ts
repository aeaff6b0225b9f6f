import { z } from 'zod';
import type { Query } from '../sql-session.js';
import type { PgType } from './object-model.js';
import { readRows } from './read-rows.js';
import { TYPES } from './sql/types.js';

const typeRow = z
  .object({
    oid: z.string(),
    schema: z.string(),
    name: z.string(),
    comment: z.string().nullable(),
    kind: z.string(),
    labels: z.array(z.string()),
    base: z.string().nullable(),
    collation: z.string().nullable(),
    defaultText: z.string().nullable(),
    notNull: z.boolean(),
    constraints: z.array(z.object({ name: z.string(), definition: z.string() })),
    attributes: z.array(
      z.object({ name: z.string(), type: z.string(), collation: z.string().nullable() }),
    ),
    range: z
      .object({
        subtype: z.string(),
        opclass: z.string(),
        collation: z.string().nullable(),
        canonical: z.string().nullable(),
        difference: z.string().nullable(),
        multirange: z.string(),
      })
      .nullable(),
  })
  .transform((row): PgType => {
    const { oid, schema, name, comment } = row;
    const named = { oid, schema, name, comment };
    const { kind, labels, base, attributes, range, collation, defaultText, notNull } = row;
    if (kind === 'e') return { kind: 'enum', ...named, labels };
    if (kind === 'c') return { kind: 'composite', ...named, attributes };
    if (kind === 'r' && range !== null) return { kind: 'range', ...named, ...range };
    if (kind === 'd' && base !== null) {
      const { constraints } = row;
      return { kind: 'domain', ...named, base, collation, defaultText, notNull, constraints };
    }
    return { kind: 'other type', ...named };
  });

export async function readTypes(query: Query): Promise<PgType[]> {
  return readRows(query, TYPES, typeRow);
}
