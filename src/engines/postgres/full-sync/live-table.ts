import type { TableName } from '../../../core/names.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import { quoteQualified } from '../sql/quote.js';

/** The first thing found that a drop of the table would take away or that would stay behind. */
const LIVE_TABLE = `
with recursive live as (
  select c.oid, c.relkind, c.relacl, c.relrowsecurity, c.relowner
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'f', 'v', 'm')
), tree as (
  select oid from live
   union all
  select i.inhrelid from pg_inherits i join tree on tree.oid = i.inhparent
), hanging as (
  select 1 as n, 'a view or rule uses it' as what
    from pg_depend d
    join tree on d.refobjid = tree.oid and d.refclassid = 'pg_class'::regclass
   where d.classid = 'pg_rewrite'::regclass
   union all
  select 2, 'a foreign key of another table refers to it'
    from pg_constraint f
    join tree on f.confrelid = tree.oid
   where f.contype = 'f' and f.conrelid not in (select oid from tree)
   union all
  select 3, 'it is in a publication'
    from pg_publication_rel p
    join tree on p.prrelid = tree.oid
   union all
  select 4, 'it has a trigger'
    from pg_trigger g
    join tree on g.tgrelid = tree.oid
   where not g.tgisinternal
   union all
  select 5, 'rights on it were granted'
    from live
   where relacl is not null
     and exists (select from aclexplode(relacl) a where a.grantee <> live.relowner)
   union all
  select 6, 'it has row-level security'
    from live
   where relrowsecurity or exists (select from pg_policy where polrelid = live.oid)
   union all
  select 7, 'it has extended statistics'
    from pg_statistic_ext s
    join tree on s.stxrelid = tree.oid
   union all
  select 8, 'another role owns it'
    from live
   where relowner <> (select oid from pg_roles where rolname = current_user)
   union all
  select 9, 'a function or another object needs it'
    from pg_depend d
    join tree on d.refobjid = tree.oid and d.refclassid = 'pg_class'::regclass
   where d.deptype = 'n' and d.classid in ('pg_proc'::regclass, 'pg_policy'::regclass)
   union all
  select 10, 'it takes part in table inheritance'
    from pg_inherits i
    join live on live.oid in (i.inhparent, i.inhrelid)
    join pg_class c on c.oid = i.inhrelid
   where not c.relispartition
)
select exists (select from live) as there,
       exists (select from live where relkind = 'p') as partitioned,
       exists (select from sluice.owned o
                where o.side = 'target' and o.kind = 'table' and o.object = $1 || '.' || $2)
         as ours,
       (select what from hanging order by n limit 1) as hanging,
       exists (select from pg_index i
                join live on i.indrelid = live.oid
               where i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null)
         as has_key`;

export interface LiveTable {
  readonly there: boolean;
  /** Sluice made it. */
  readonly ours: boolean;
  readonly empty: boolean;
  /** What hangs on the table and would be lost with it; null: nothing. */
  readonly hanging: string | null;
  readonly hasKey: boolean;
}

interface Row {
  there: boolean;
  partitioned: boolean;
  ours: boolean;
  hanging: string | null;
  has_key: boolean;
}

/** The table as it is at the moment; inside a transaction that holds its lock it stays so. */
export async function readLiveTable(session: StateSession, name: TableName): Promise<LiveTable> {
  const row = onlyRow(
    await session.rows<Row & Record<string, unknown>>(LIVE_TABLE, [name.schema, name.table]),
  );
  const { there, ours, hanging, has_key: hasKey } = row;
  if (!there) return { there, ours, hanging, hasKey, empty: true };
  const table = quoteQualified(name.schema, name.table);
  const only = row.partitioned ? '' : 'only ';
  const any = await session.rows(`select from ${only}${table} limit 1`);
  return { there, ours, hanging, hasKey, empty: any.length === 0 };
}
