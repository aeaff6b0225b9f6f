import type { StageRef } from '../../contract/full-sync.js';
import { quoteQualified } from '../sql/quote.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import { stageSchema } from './stage-record.js';

/**
 * Generated columns are not written, so the live table has to compute them as the source does; their
 * types are its own matter. Partitions that
 * only the live table has are no harm; a bound that only the stage has leaves rows without a place.
 */
const RESHAPED = `
select exists (
  select p.level, pg_get_expr(c.relpartbound, c.oid)
    from pg_partition_tree(to_regclass($1)) p join pg_class c on c.oid = p.relid
   where c.relispartition and exists (select from pg_partitioned_table
                                       where partrelid = to_regclass($2))
  except
  select p.level, pg_get_expr(c.relpartbound, c.oid)
    from pg_partition_tree(to_regclass($2)) p join pg_class c on c.oid = p.relid)
    or exists (
  select from pg_attribute staged
    left join pg_attribute live
      on live.attrelid = to_regclass($2) and live.attname = staged.attname and not live.attisdropped
   where staged.attrelid = to_regclass($1) and staged.attnum > 0 and not staged.attisdropped
     and case staged.attgenerated
         when '' then live.attgenerated <> ''
              or (staged.atttypid, staged.atttypmod) is distinct from (live.atttypid, live.atttypmod)
         else coalesce(live.attgenerated, '') = ''
              or (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
                   where d.adrelid = staged.attrelid and d.adnum = staged.attnum)
                 is distinct from
                 (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
                   where d.adrelid = live.attrelid and d.adnum = live.attnum)
         end) as reshaped`;

/**
 * The stage has a column that the live table lacks, has with another type or computes otherwise, or it
 * has other partitions.
 */
export async function isReshaped(session: StateSession, stage: StageRef): Promise<boolean> {
  const { schema, table } = stage.target;
  const names = [quoteQualified(stageSchema(stage.tableId), table), quoteQualified(schema, table)];
  return onlyRow(await session.rows<{ reshaped: boolean }>(RESHAPED, names)).reshaped;
}
