import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';

/** $1 schema, $2 table, $3 column (null: every column of the table): types below domains. */
export const COLUMNS = `
with recursive base as (
  select a.attname::text as name, a.attnum, a.atttypid as oid, c.oid as relation, c.relkind
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')
     and ($3::text is null or a.attname = $3)
   union all
  select b.name, b.attnum, t.typbasetype, b.relation, b.relkind
    from base b join pg_type t on t.oid = b.oid where t.typtype = 'd')
select b.name, format_type(b.oid, -1) as type, b.relkind = 'p' as partitioned,
       exists (select from pg_index i
                where i.indrelid = b.relation and i.indisvalid and i.indpred is not null
                  and b.attnum = any (i.indkey::int2[])) as filtered
  from base b
  join pg_type t on t.oid = b.oid and t.typtype <> 'd'
 order by b.attnum`;

export interface TriggerColumn {
  readonly relation: string;
  /** Condition and assignment that an index on the column can serve. */
  readonly carries: string;
  readonly cleared: string;
}

const NUMBERS = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);

/** @throws SluiceError SCHEMA_MISMATCH for a type that cannot carry 1 */
export function triggerColumn(
  table: TableName,
  column: string,
  of: { readonly type: string; readonly partitioned: boolean },
): TriggerColumn {
  const only = of.partitioned ? '' : 'only ';
  const relation = only + quoteQualified(table.schema, table.table);
  const name = quoteIdent(column);
  if (of.type === 'boolean') return { relation, carries: name, cleared: `${name} = false` };
  if (NUMBERS.has(of.type)) return { relation, carries: `${name} = 1`, cleared: `${name} = 0` };
  if (of.type === '"bit"')
    return { relation, carries: `${name} = B'1'`, cleared: `${name} = B'0'` };
  if (of.type === 'text' || of.type === 'bpchar' || of.type.startsWith('character')) {
    return { relation, carries: `${name} = '1'`, cleared: `${name} = '0'` };
  }
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `The reset trigger column ${column} of ${displayName(table)} has the type ${of.type}.`,
    { remedy: 'Use a column of a number type, boolean, bit(1) or text.' },
  );
}

export function raisedSql({ relation, carries }: TriggerColumn): string {
  return `select exists (select from ${relation} where ${carries}) as raised`;
}

/** Without a key a row is known by its place and version. */
export const PLACE = ['tableoid', 'ctid', 'xmin'];

export function marksSql({ relation, carries }: TriggerColumn, key: readonly string[]): string {
  const texts = key.map((name) => `${quoteIdent(name)}::text`).join(', ');
  return `select array[${texts}] as mark from ${relation} where ${carries}`;
}

/** One text array parameter per part of the mark. */
export function resetSql(
  { relation, carries, cleared }: TriggerColumn,
  parts: readonly { readonly name: string; readonly type: string }[],
): string {
  const casts = parts.map((part, n) => `v${String(n)}::${part.type} as v${String(n)}`).join(', ');
  const arrays = parts.map((_, n) => `$${String(n + 1)}::text[]`).join(', ');
  const aliases = parts.map((_, n) => `v${String(n)}`).join(', ');
  const same = parts.map((part, n) => `t.${quoteIdent(part.name)} = k.v${String(n)}`).join(' and ');
  return `
update ${relation} t
   set ${cleared}
  from (select ${casts} from unnest(${arrays}) as marks (${aliases})) as k
 where ${carries}
   and ${same}`;
}
