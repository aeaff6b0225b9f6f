USE dbaops_dataflow;
GO

INSERT INTO source_servers (server_name, connection_string, is_enabled)
VALUES (
    'SourceServer1',
    'server=source1.example.com;user id=sa;password=pass;database=master;encrypt=disable',
    1
);
GO
INSERT INTO table_mappings (
    server_id,
    source_database, source_schema, source_table,
    dest_database, dest_schema, dest_table,
    primary_key_column,
    full_sync_trigger_column,
    is_enabled,
    cdc_enabled
)
VALUES (
    1,
    'SourceDB', 'dbo', 'Users',
    'DestDB', 'dbo', 'Users',
    'UserID',
    'FullSyncTrigger',
    1,
    1
);
