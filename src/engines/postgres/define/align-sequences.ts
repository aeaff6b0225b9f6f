import type { TableMapping } from '../../contract/schema.js';
import type { PgSequence } from '../catalog/object-model.js';
import type { PgSchema } from '../catalog/read-schema.js';
import { quoteQualified } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';
import { MappedTables } from './mapped-tables.js';

/**
 * $1 tables and $2 columns that own a sequence (null for one without an owner), $3 names of those
 * without, $4 last values of the source. Only ever moves in the direction of the increment.
 */
const ALIGN = `
with wanted as (
  select w.*, to_regclass(w.table_name) as relation
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
      as w (table_name, column_name, sequence_name, last_value)
), found as (
  select w.last_value,
         case when w.table_name is null then to_regclass(w.sequence_name)
              when exists (select from pg_attribute a
                            where a.attrelid = w.relation and a.attname = w.column_name
                              and a.attnum > 0 and not a.attisdropped)
                then pg_get_serial_sequence(w.table_name, w.column_name)::regclass
         end as sequence
    from wanted w
)
select f.sequence::text as sequence, setval(f.sequence, f.last_value) as value
  from found f
  join pg_sequence s on s.seqrelid = f.sequence
 where f.last_value between s.seqmin and s.seqmax
   and case when s.seqincrement > 0
            then coalesce(pg_sequence_last_value(f.sequence) < f.last_value, true)
            else coalesce(pg_sequence_last_value(f.sequence) > f.last_value, true)
       end`;

/**
 * Set the sequences and identities of the tables to where the source's are, so that the next value
 * is a new one. Writes nothing where the target is not behind. Idempotent.
 */
export async function alignSequences(
  session: SqlSession,
  source: PgSchema,
  mappings: readonly TableMapping[],
): Promise<void> {
  const tables = new MappedTables(source, mappings);
  const wanted = source.sequences.flatMap((sequence) => alignment(sequence, tables));
  if (wanted.length === 0) return;
  await session.query(ALIGN, [
    wanted.map(({ table }) => table),
    wanted.map(({ column }) => column),
    wanted.map(({ sequence }) => sequence),
    wanted.map(({ lastValue }) => lastValue),
  ]);
}

interface Alignment {
  readonly table: string | null;
  readonly column: string | null;
  readonly sequence: string | null;
  readonly lastValue: string;
}

function alignment(sequence: PgSequence, tables: MappedTables): Alignment[] {
  const { lastValue, owner } = sequence;
  if (lastValue === null) return [];
  if (owner !== null) {
    const member = tables.byOid(owner.relation);
    if (member === undefined) return [];
    const table = quoteQualified(member.place.schema, member.place.table);
    return [{ table, column: owner.column, sequence: null, lastValue }];
  }
  const names = tables.placements
    .filter(({ table }) => table.requires.some((object) => object.oid === sequence.oid))
    .map((placement) => placement.standalone(sequence))
    .map((place) => quoteQualified(place.schema, place.table));
  return [...new Set(names)].map((name) => ({
    table: null,
    column: null,
    sequence: name,
    lastValue,
  }));
}
