/** `from` of every query that gives table rows; `where` and what follows is the caller's. */
export const SELECT_TABLES = `
select t.table_id, t.pipeline, t.target, t.slug, t.source_schema, t.source_table, t.target_schema,
       t.target_table, t.lane_id, t.mode, t.load, t.revision, t.enabled, t.wanted, t.wanted_by, t.wanted_reason, t.discovered,
       t.phase, t.phase_before, t.phase_since, t.epoch, t.cutover_step, t.applies, t.parks, f.parks_from, t.fence,
       t.position, t.stage_position, t.watermark, t.source_fingerprint, t.feed_mark, t.rows_estimated,
       t.rows_copied, t.attention, t.fault_code, t.fault_message, t.verified_at, t.verified_result,
       coalesce(f.parked_rows, 0) as parked_rows, coalesce(f.parked_bytes, 0) as parked_bytes,
       f.parked_since
  from sluice.table_state t
  left join sluice.table_feed f using (table_id)`;
