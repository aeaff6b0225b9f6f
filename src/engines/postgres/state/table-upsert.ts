import { SluiceError } from '../../../core/errors.js';
import { DISCOVERY } from '../../../core/discovery.js';
import type { TableSpec } from '../../../state/store.js';
import { sqlStateOf } from '../pg-errors.js';
import type { StateDb } from './state-db.js';

/**
 * A table that has begun keeps its source, its target and its lane: to follow another table it is
 * removed and added. One that the configuration had detached and names again begins with a new copy
 * beside its rows, as nobody kept the changes meanwhile. One that was discovered waits, until a
 * person or the configuration asks for it.
 */
const DETACHED = `t.wanted = 'detach' and t.wanted_by = 'configuration'`;
const RELEASED = `t.discovered and t.wanted = 'pause' and t.wanted_by = '${DISCOVERY}'
                      and excluded.wanted = 'run'`;
/** It begins anew, without the fault of having been gone. */
const RETURNS = `(t.phase = 'detached'
                      and (t.wanted = 'detach' and t.wanted_by <> 'configuration') is not true)`;
/** It begins, or begins anew: its lane is the one that the configuration says. */
const BEGINS = `(t.phase = 'new' or ${RETURNS})`;

const UPSERT = `
insert into sluice.table_state as t
       (pipeline, target, revision, slug, source_schema, source_table, target_schema, target_table,
        mode, load, enabled, lane_id, discovered, wanted, wanted_by, wanted_reason)
select $1, $2, $3, spec.slug, spec.source_schema, spec.source_table, spec.target_schema,
       spec.target_table, spec.mode, spec.load, spec.enabled, spec.lane_id,
       spec.discovered is not null,
       case when spec.discovered = 'waiting' then 'pause' else 'run' end,
       case when spec.discovered = 'waiting' then '${DISCOVERY}' end,
       case when spec.discovered = 'waiting' then 'discovered on the source' end
  from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
              $11::boolean[], $12::bigint[], $13::text[])
         as spec (slug, source_schema, source_table, target_schema, target_table, mode, load,
                  enabled, lane_id, discovered)
 order by spec.slug
on conflict (pipeline, target, slug) do update
   set revision = excluded.revision,
       mode = excluded.mode,
       load = excluded.load,
       enabled = excluded.enabled,
       lane_id = case when ${BEGINS} then excluded.lane_id
                      else coalesce(t.lane_id, excluded.lane_id) end,
       source_schema = case when t.phase = 'new' then excluded.source_schema
                            else t.source_schema end,
       source_table  = case when t.phase = 'new' then excluded.source_table
                            else t.source_table end,
       target_schema = case when t.phase = 'new' then excluded.target_schema
                            else t.target_schema end,
       target_table  = case when t.phase = 'new' then excluded.target_table
                            else t.target_table end,
       discovered = excluded.discovered,
       wanted = case when ${DETACHED} or ${RELEASED} then excluded.wanted else t.wanted end,
       wanted_by = case when ${DETACHED} then coalesce(excluded.wanted_by, t.wanted_by)
                        when ${RELEASED} then 'configuration' else t.wanted_by end,
       wanted_reason = case when ${DETACHED}
                            then coalesce(excluded.wanted_reason, 'in the configuration again')
                            when ${RELEASED} then 'enabled' else t.wanted_reason end,
       phase = case when ${RETURNS} then 'new' else t.phase end,
       fault_code = case when ${RETURNS} then null else t.fault_code end,
       fault_message = case when ${RETURNS} then null else t.fault_message end,
       updated_at = clock_timestamp()`;

const TARGET_TAKEN = 'table_state_target';
const UNIQUE_VIOLATION = '23505';

/** @throws SluiceError TARGET_OWNED when another pipeline owns one of the target tables */
export async function upsertTables(
  db: StateDb,
  pipeline: string,
  target: string,
  specs: readonly TableSpec[],
  revision: string,
): Promise<void> {
  if (specs.length === 0) return;
  try {
    await db.rows(UPSERT, [
      pipeline,
      target,
      revision,
      specs.map((spec) => spec.slug),
      specs.map((spec) => spec.source.schema),
      specs.map((spec) => spec.source.table),
      specs.map((spec) => spec.targetTable.schema),
      specs.map((spec) => spec.targetTable.table),
      specs.map((spec) => spec.mode),
      specs.map((spec) => spec.load),
      specs.map((spec) => spec.enabled),
      specs.map((spec) => spec.laneId),
      specs.map((spec) => spec.discovered ?? null),
    ]);
  } catch (error) {
    throw (await ownerOfTarget(db, specs, error)) ?? error;
  }
}

const OWNER = `
select t.pipeline, t.target_schema || '.' || t.target_table as name
  from sluice.table_state t
  join unnest($1::text[], $2::text[], $3::text[], $4::text[])
         as spec (target_schema, target_table, source_schema, source_table)
       using (target_schema, target_table)
 where t.wanted <> 'detach'
   and (t.source_schema, t.source_table) is distinct from (spec.source_schema, spec.source_table)
    or t.wanted <> 'detach' and t.pipeline <> $5
 limit 1`;

async function ownerOfTarget(
  db: StateDb,
  specs: readonly TableSpec[],
  error: unknown,
): Promise<SluiceError | undefined> {
  if (sqlStateOf(error) !== UNIQUE_VIOLATION) return undefined;
  const [owner] = await db.rows<{ pipeline: string; name: string }>(OWNER, [
    specs.map((spec) => spec.targetTable.schema),
    specs.map((spec) => spec.targetTable.table),
    specs.map((spec) => spec.source.schema),
    specs.map((spec) => spec.source.table),
    '',
  ]);
  return targetOwned(owner);
}

const HOLDER = `
select o.pipeline, o.target_schema || '.' || o.target_table as name
  from sluice.table_state t
  join sluice.table_state o using (target_schema, target_table)
 where t.table_id = $1 and o.table_id <> t.table_id and o.wanted <> 'detach'
 limit 1`;

/** A table that was detached, whose place in the target may be another one's by now. */
export async function holderOfPlace(
  db: StateDb,
  tableId: string,
  error: unknown,
): Promise<SluiceError | undefined> {
  if (sqlStateOf(error) !== UNIQUE_VIOLATION) return undefined;
  const [owner] = await db.rows<Holder & Record<string, unknown>>(HOLDER, [tableId]);
  return targetOwned(owner);
}

interface Holder {
  readonly pipeline: string;
  readonly name: string;
}

function targetOwned(owner: Holder | undefined): SluiceError {
  const which = owner === undefined ? 'A target table' : `The target table ${owner.name}`;
  const whose = owner === undefined ? 'another pipeline' : `pipeline ${owner.pipeline}`;
  return new SluiceError('TARGET_OWNED', `${which} belongs to ${whose} already.`, {
    remedy: 'Give the table another target name, or remove the table from the other pipeline.',
    vendorCode: TARGET_TAKEN,
  });
}
