/**
 * The views that Sluice's catalogue queries read (src/engines/sqlserver, folders `sql`) and the columns
 * that they read of each, named after the pages of Microsoft's documentation ("sys.tables
 * (Transact-SQL)" and so on). What the columns mean: catalogue-meaning.test.ts.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { errorNumber, probe } from './probe.js';

const server = probe('catalogue columns');

beforeAll(async () => {
  await server.database().sql('EXEC sys.sp_cdc_enable_db');
});

const VIEWS: readonly (readonly [view: string, columns: string])[] = [
  [
    'sys.databases',
    'name, database_id, create_date, group_database_id, collation_name, compatibility_level, snapshot_isolation_state, is_read_committed_snapshot_on, recovery_model_desc, log_reuse_wait_desc, is_cdc_enabled',
  ],
  ['sys.database_recovery_status', 'database_id, recovery_fork_guid'],
  ['sys.configurations', 'name, value_in_use'],
  ['sys.schemas', 'schema_id, name'],
  [
    'sys.tables',
    'object_id, schema_id, name, create_date, is_ms_shipped, is_published, temporal_type, is_memory_optimized, is_external, is_filetable, is_tracked_by_cdc, is_node, is_edge',
  ],
  ['sys.objects', 'object_id, schema_id, parent_object_id, name, type, type_desc, is_ms_shipped'],
  [
    'sys.columns',
    'object_id, column_id, name, user_type_id, system_type_id, max_length, precision, scale, collation_name, is_nullable, is_rowguidcol, is_sparse, is_column_set, is_hidden, is_filestream, generated_always_type, is_masked, encryption_type, xml_collection_id, is_computed, is_identity, default_object_id',
  ],
  [
    'sys.types',
    'user_type_id, system_type_id, schema_id, name, max_length, precision, scale, is_nullable, is_user_defined, is_assembly_type, is_table_type',
  ],
  [
    'sys.identity_columns',
    'object_id, column_id, seed_value, increment_value, last_value, is_not_for_replication',
  ],
  ['sys.computed_columns', 'object_id, column_id, definition, is_persisted'],
  ['sys.default_constraints', 'object_id, name, definition, is_system_named'],
  [
    'sys.check_constraints',
    'parent_object_id, object_id, name, definition, is_disabled, is_not_trusted, is_not_for_replication, is_ms_shipped',
  ],
  [
    'sys.foreign_keys',
    'object_id, parent_object_id, referenced_object_id, name, is_disabled, is_not_trusted, is_not_for_replication, delete_referential_action, update_referential_action, is_ms_shipped',
  ],
  [
    'sys.foreign_key_columns',
    'constraint_object_id, constraint_column_id, parent_object_id, parent_column_id, referenced_object_id, referenced_column_id',
  ],
  [
    'sys.indexes',
    'object_id, index_id, name, type, is_unique, is_primary_key, is_unique_constraint, is_disabled, is_hypothetical, ignore_dup_key, fill_factor, is_padded, allow_row_locks, allow_page_locks, has_filter, filter_definition, data_space_id',
  ],
  [
    'sys.index_columns',
    'object_id, index_id, index_column_id, column_id, key_ordinal, partition_ordinal, is_descending_key, is_included_column',
  ],
  ['sys.data_spaces', 'data_space_id, name, type'],
  ['sys.filegroups', 'name, type'],
  [
    'sys.partitions',
    'partition_id, hobt_id, object_id, index_id, partition_number, rows, data_compression',
  ],
  ['sys.allocation_units', 'container_id, type, used_pages'],
  ['sys.partition_functions', 'function_id, name, fanout, boundary_value_on_right'],
  [
    'sys.partition_parameters',
    'function_id, parameter_id, system_type_id, max_length, precision, scale, collation_name',
  ],
  ['sys.partition_range_values', 'function_id, boundary_id, parameter_id, value'],
  ['sys.partition_schemes', 'data_space_id, name, function_id'],
  ['sys.destination_data_spaces', 'partition_scheme_id, destination_id, data_space_id'],
  ['sys.sql_modules', 'object_id, definition, uses_ansi_nulls, uses_quoted_identifier'],
  [
    'sys.sql_expression_dependencies',
    'referencing_id, referencing_class, referenced_id, referenced_class',
  ],
  ['sys.triggers', 'name, parent_id, is_disabled, is_instead_of_trigger'],
  [
    'sys.sequences',
    'object_id, schema_id, name, system_type_id, precision, start_value, increment, minimum_value, maximum_value, current_value, is_cycling, is_cached, cache_size',
  ],
  ['sys.extended_properties', 'class, major_id, minor_id, name, value'],
  ['sys.database_permissions', 'class, major_id'],
  ['sys.security_policies', 'object_id, is_enabled'],
  ['sys.security_predicates', 'object_id, target_object_id, predicate_type'],
  [
    'sys.change_tracking_databases',
    'database_id, retention_period, retention_period_units, retention_period_units_desc, is_auto_cleanup_on',
  ],
  ['sys.change_tracking_tables', 'object_id, begin_version'],
  ['sys.dm_exec_sessions', 'session_id, program_name'],
  ['sys.dm_tran_session_transactions', 'session_id, transaction_id'],
  ['sys.dm_tran_active_transactions', 'transaction_id, transaction_begin_time'],
  [
    'sys.dm_tran_locks',
    'resource_type, resource_database_id, resource_associated_entity_id, request_mode, request_status, request_session_id, request_owner_type, request_owner_id',
  ],
  ['sys.dm_server_services', 'servicename, status, status_desc'],
  ['sys.dm_db_log_space_usage', 'total_log_size_in_bytes, used_log_space_in_percent'],
  [
    'sys.dm_hadr_database_replica_states',
    'database_id, group_database_id, is_local, last_commit_lsn, last_commit_time',
  ],
  ['sys.dm_cdc_log_scan_sessions', 'session_id, start_time, end_time, scan_phase, tran_count'],
  ['sys.dm_cdc_errors', 'entry_time, error_number'],
  [
    'cdc.change_tables',
    'object_id, source_object_id, capture_instance, start_lsn, create_date, partition_switch',
  ],
  ['cdc.captured_columns', 'object_id, column_id, column_name, column_ordinal, is_computed'],
  ['cdc.index_columns', 'object_id, column_id'],
  ['cdc.ddl_history', 'object_id, ddl_lsn'],
  ['cdc.lsn_time_mapping', 'start_lsn, tran_begin_time, tran_end_time, tran_id'],
];

describe('a view of the catalogue has the columns that Sluice reads', () => {
  it.each(VIEWS)('%s: %s', async (view, columns) => {
    const names = columns.split(', ').map((name) => `v.[${name}]`);
    const read = server.database().sql(`SELECT TOP (1) ${names.join(', ')} FROM ${view} AS v`);
    expect(await errorNumber(read)).toBeUndefined();
  });

  it('msdb.dbo.cdc_jobs, once a table is captured', async () => {
    await server.database().sql(`
CREATE TABLE dbo.captured (id int NOT NULL PRIMARY KEY)
GO
EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'captured', @role_name = NULL`);
    const jobs = await server.database().sql(`
SELECT j.job_type, j.maxtrans, j.retention FROM msdb.dbo.cdc_jobs AS j WHERE j.database_id = DB_ID()
 ORDER BY j.job_type`);
    expect(jobs).toMatchObject([
      { job_type: 'capture', maxtrans: 500 },
      { job_type: 'cleanup', retention: '4320' },
    ]);
  });

  it('sys.tables.ledger_type from SQL Server 2022 on', async () => {
    const major = Number(await server.value(`CONVERT(int, SERVERPROPERTY('ProductMajorVersion'))`));
    const read = server.database().sql('SELECT TOP (1) t.ledger_type FROM sys.tables AS t');
    expect(await errorNumber(read)).toBe(major >= 16 ? undefined : 207);
  });
});
