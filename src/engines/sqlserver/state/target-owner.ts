/**
 * One table of a target belongs to one pipeline. No unique index sees to that, as it would have to be
 * a filtered one, which nobody can write past with QUOTED_IDENTIFIER OFF (error 1934): sqlcmd and
 * the jobs of SQL Server Agent have it off. So whoever makes a table anyone's takes turns, and looks.
 */
import { SluiceError } from '../../../core/errors.js';
import type { Param } from '../param.js';
import type { Query } from '../sql-session.js';
import { takeAppLock } from './app-lock.js';

interface Taken extends Record<string, unknown> {
  readonly name: string;
  readonly owner: string;
}

/** `those`, a further join or a part of the one before it, says which tables `t` are asked about. */
const takenTwiceSql = (those: string): string => `
select top (1) t.target_schema + N'.' + t.target_table as name, o.pipeline as owner
  from sluice.table_state t
  join sluice.table_state o
    on o.target_schema = t.target_schema and o.target_table = t.target_table
   and o.table_id <> t.table_id
  ${those}
 where t.wanted <> N'detach' and o.wanted <> N'detach'
 order by case when o.pipeline = t.pipeline then 1 else 0 end, o.table_id`;

/** One at a time from here to the end of the caller's transaction. */
export async function lockOwners(query: Query): Promise<void> {
  await takeAppLock(query, 'sluice.tables');
}

/** @throws SluiceError TARGET_OWNED when another table has the place of one of these */
export async function assertSoleOwner(
  query: Query,
  those: string,
  params: readonly Param[],
): Promise<void> {
  const [taken] = await query<Taken>(takenTwiceSql(those), params);
  if (taken === undefined) return;
  const message = `The target table ${taken.name} belongs to pipeline ${taken.owner} already.`;
  throw new SluiceError('TARGET_OWNED', message, {
    remedy: 'Give the table another target name, or remove the table from the other pipeline.',
  });
}
