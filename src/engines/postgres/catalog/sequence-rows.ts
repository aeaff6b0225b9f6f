import { z } from 'zod';
import type { Query } from '../sql-session.js';
import type { PgSequence, SequenceOwner } from './object-model.js';
import { readRows } from './read-rows.js';
import { SEQUENCES } from './sql/sequences.js';

const parts = z.object({
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  type: z.string(),
  start: z.string(),
  increment: z.string(),
  min: z.string(),
  max: z.string(),
  cache: z.string(),
  cycle: z.boolean(),
  lastValue: z.string().nullable(),
  comment: z.string().nullable(),
  ownerRelation: z.string().nullable(),
  ownerSchema: z.string().nullable(),
  ownerTable: z.string().nullable(),
  ownerColumn: z.string().nullable(),
  identity: z.boolean(),
});

const sequenceRow = parts.transform((row): PgSequence => {
  const { ownerRelation: _r, ownerSchema: _s, ownerTable: _t, ownerColumn: _c, ...rest } = row;
  const { identity: _i, ...own } = rest;
  return { kind: 'sequence', ...own, owner: ownerOf(row) };
});

/** Every sequence, or those that columns of these relations own; with the present values. */
export async function readSequences(
  query: Query,
  relations: readonly string[] | null = null,
): Promise<PgSequence[]> {
  return readRows(query, SEQUENCES, sequenceRow, [relations]);
}

function ownerOf(row: z.infer<typeof parts>): SequenceOwner | null {
  const { ownerRelation: relation, ownerSchema: schema, ownerTable: table } = row;
  const { ownerColumn: column, identity } = row;
  if (relation === null || schema === null || table === null || column === null) return null;
  return { relation, schema, table, column, identity };
}
