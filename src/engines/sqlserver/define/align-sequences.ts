import { z } from 'zod';
import type { TableMapping } from '../../contract/schema.js';
import type { MsIdentity } from '../catalog/model.js';
import type { MsSequence } from '../catalog/object-model.js';
import { readSequences } from '../catalog/object-rows.js';
import { groupBy, readRows } from '../catalog/read-rows.js';
import type { MsSchema } from '../catalog/read-schema.js';
import { quoteLiteral, quoteQualified } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import { MappedTables } from './mapped-tables.js';
import type { Placement } from './placement.js';
import { PRESENT_IDENTITIES } from './sql/sequences.js';

const identityRow = z.object({
  schema: z.string(),
  table: z.string(),
  lastValue: z.string().nullable(),
});

/**
 * Set the sequences and identities of the tables to where the source's are, so that the next value
 * is a new one. Only ever moves in the direction of the increment, and writes nothing where the
 * target is not behind. Idempotent.
 */
export async function alignSequences(
  session: MsSession,
  source: MsSchema,
  mappings: readonly TableMapping[],
): Promise<void> {
  const tables = new MappedTables(source.tables, mappings);
  await alignIdentities(session.query, tables);
  await alignStandalone(session.query, source, tables);
}

async function alignIdentities(query: Query, tables: MappedTables): Promise<void> {
  const wanted = tables.placements.flatMap((placement) => {
    const identity = placement.table.columns.find((column) => column.identity !== null)?.identity;
    return identity?.lastValue == null ? [] : [{ placement, identity, last: identity.lastValue }];
  });
  if (wanted.length === 0) return;
  const rows = await readRows(query, PRESENT_IDENTITIES, identityRow);
  const present = groupBy(rows, ({ schema, table }) => quoteQualified(schema, table));
  for (const { placement, identity, last } of wanted) {
    const [found] = present.get(placement.quoted) ?? [];
    if (found === undefined || !isBehind(found.lastValue, last, identity.increment)) continue;
    await query(reseed(placement, identity, last, found.lastValue === null));
  }
}

/**
 * After a row has come, the next value is the one given plus the increment
 * (test/conformance/sqlserver/identity: "CHECKIDENT RESEED goes on from a value"); before any has,
 * it is the one given (test/conformance/sqlserver/identity: "CHECKIDENT RESEED before the first row").
 */
function reseed(
  placement: Placement,
  identity: MsIdentity,
  last: string,
  isUnused: boolean,
): string {
  const value = isUnused ? BigInt(last) + BigInt(identity.increment) : BigInt(last);
  return `DBCC CHECKIDENT (${quoteLiteral(placement.quoted)}, RESEED, ${String(value)}) WITH NO_INFOMSGS`;
}

async function alignStandalone(
  query: Query,
  source: MsSchema,
  tables: MappedTables,
): Promise<void> {
  const used = new Set(
    tables.placements.flatMap(({ table }) => table.parts.requires.map(({ id }) => id)),
  );
  const wanted = source.sequences.filter(({ id, cycling }) => used.has(id) && !cycling);
  if (wanted.length === 0) return;
  const present = await readSequences(query);
  for (const sequence of wanted) {
    const found = present.find(({ schema, name }) => {
      return schema === sequence.schema && name === sequence.name;
    });
    const next = nextValue(sequence);
    if (found === undefined || next === null) continue;
    if (!isBehind(found.current, sequence.current, sequence.increment)) continue;
    const name = quoteQualified(sequence.schema, sequence.name);
    await query(`ALTER SEQUENCE ${name} RESTART WITH ${next}`);
  }
}

/** Null: the source's own sequence is used up. */
function nextValue(sequence: MsSequence): string | null {
  const next = BigInt(sequence.current) + BigInt(sequence.increment);
  const isInside = next >= BigInt(sequence.minimum) && next <= BigInt(sequence.maximum);
  return isInside ? String(next) : null;
}

function isBehind(target: string | null, source: string, increment: string): boolean {
  if (target === null) return true;
  return increment.startsWith('-')
    ? BigInt(target) > BigInt(source)
    : BigInt(target) < BigInt(source);
}
