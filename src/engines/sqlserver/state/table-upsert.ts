import { DISCOVERY } from '../../../core/discovery.js';
import type { TableSpec } from '../../../state/store.js';
import { param } from '../param.js';
import type { StateDb } from './state-db.js';
import { assertSoleOwner, lockOwners } from './target-owner.js';
import { valueRows } from './value-rows.js';

/** What the configuration itself had detached, and nobody has asked for in SQL since. */
const DETACHED_BY_CONFIGURATION = `t.wanted = N'detach' and t.wanted_seen = N'detach'
                      and t.wanted_by = N'configuration'`;

/** What was discovered, and is asked for now. */
const RELEASED = `t.discovered = 1 and t.wanted = N'pause' and t.wanted_by = N'${DISCOVERY}'
                      and isnull(spec.discovered, N'') <> N'waiting'`;

/** It begins anew, without the fault of having been gone. */
const RETURNS = `t.phase = N'detached'
                      and (t.wanted <> N'detach' or (${DETACHED_BY_CONFIGURATION}))`;

/** It begins, or begins anew: its lane is the one that the configuration says. */
const BEGINS = `t.phase = N'new' or ${RETURNS}`;

const WANTED = `case when spec.discovered = N'waiting' then N'pause' else N'run' end`;

/**
 * A table that has begun keeps its source, its target and its lane: to follow another table it is
 * removed and added. One that the configuration had detached and names again begins with a new copy
 * beside its rows, as nobody kept the changes meanwhile. One that was discovered waits, until a
 * person or the configuration asks for it.
 */
const updateSql = (specs: string): string => `
update t
   set revision = @revision,
       mode = spec.mode,
       [load] = spec.load_method,
       enabled = spec.enabled,
       lane_id = case when ${BEGINS} then spec.lane_id
                      else isnull(t.lane_id, spec.lane_id) end,
       source_schema = case when t.phase = N'new' then spec.source_schema else t.source_schema end,
       source_table = case when t.phase = N'new' then spec.source_table else t.source_table end,
       target_schema = case when t.phase = N'new' then spec.target_schema else t.target_schema end,
       target_table = case when t.phase = N'new' then spec.target_table else t.target_table end,
       discovered = case when spec.discovered is null then 0 else 1 end,
       wanted = case when ${DETACHED_BY_CONFIGURATION} or ${RELEASED} then ${WANTED}
                     else t.wanted end,
       wanted_seen = case when ${DETACHED_BY_CONFIGURATION} or ${RELEASED} then ${WANTED}
                          else t.wanted_seen end,
       attention = case when ${DETACHED_BY_CONFIGURATION} or ${RELEASED} then t.attention + 1
                        else t.attention end,
       wanted_by = case when ${DETACHED_BY_CONFIGURATION} and spec.discovered = N'waiting'
                        then N'${DISCOVERY}'
                        when ${RELEASED} then N'configuration' else t.wanted_by end,
       wanted_reason = case when ${DETACHED_BY_CONFIGURATION} and spec.discovered = N'waiting'
                            then N'discovered on the source'
                            when ${DETACHED_BY_CONFIGURATION} then N'in the configuration again'
                            when ${RELEASED} then N'enabled' else t.wanted_reason end,
       phase = case when ${RETURNS} then N'new' else t.phase end,
       fault_code = case when ${RETURNS} then null else t.fault_code end,
       fault_message = case when ${RETURNS} then null else t.fault_message end,
       updated_at = sysutcdatetime()
  from sluice.table_state t
  join ${specs} on t.pipeline = @pipeline and t.target = @target and t.slug = spec.slug`;

const insertSql = (specs: string): string => `
insert into sluice.table_state
       (pipeline, target, revision, slug, source_schema, source_table, target_schema, target_table,
        mode, [load], enabled, enabled_seen, lane_id, discovered, wanted, wanted_seen, wanted_by,
        wanted_reason)
select @pipeline, @target, @revision, spec.slug, spec.source_schema, spec.source_table,
       spec.target_schema, spec.target_table, spec.mode, spec.load_method, spec.enabled,
       spec.enabled, spec.lane_id, case when spec.discovered is null then 0 else 1 end,
       ${WANTED}, ${WANTED},
       case when spec.discovered = N'waiting' then N'${DISCOVERY}' end,
       case when spec.discovered = N'waiting' then N'discovered on the source' end
  from ${specs}
 where not exists (select 1 from sluice.table_state t
                    where t.pipeline = @pipeline and t.target = @target and t.slug = spec.slug)`;

const ofSpecs = (specs: string): string =>
  `join ${specs} on t.pipeline = @pipeline and t.target = @target and t.slug = spec.slug`;

const SPEC_COLUMNS = [
  { name: 'slug', type: 'nvarchar', binary: true },
  { name: 'source_schema', type: 'nvarchar', binary: true },
  { name: 'source_table', type: 'nvarchar', binary: true },
  { name: 'target_schema', type: 'nvarchar' },
  { name: 'target_table', type: 'nvarchar' },
  { name: 'mode', type: 'nvarchar' },
  { name: 'load_method', type: 'nvarchar' },
  { name: 'enabled', type: 'bit' },
  { name: 'lane_id', type: 'bigint' },
  { name: 'discovered', type: 'nvarchar' },
] as const;

/** @throws SluiceError TARGET_OWNED when another pipeline owns one of the target tables */
export async function upsertTables(
  db: StateDb,
  pipeline: string,
  target: string,
  specs: readonly TableSpec[],
  revision: string,
): Promise<void> {
  const of = [
    param.nvarchar('pipeline', pipeline),
    param.nvarchar('target', target),
    param.bigint('revision', revision),
  ];
  await db.transaction(async (query) => {
    await lockOwners(query);
    for (const { sql, params } of valueRows('spec', SPEC_COLUMNS, specs.map(specValues))) {
      await query(updateSql(sql), [...of, ...params]);
      await query(insertSql(sql), [...of, ...params]);
      await assertSoleOwner(query, ofSpecs(sql), [...of.slice(0, 2), ...params]);
    }
  });
}

function specValues(spec: TableSpec) {
  const { source, targetTable } = spec;
  const names = [source.schema, source.table, targetTable.schema, targetTable.table];
  const { slug, mode, load, enabled, laneId, discovered = null } = spec;
  return [slug, ...names, mode, load, enabled, laneId, discovered];
}
