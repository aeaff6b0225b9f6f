import { describe, expect, it } from 'vitest';
import { parseBatch } from '../../../support/sqlserver/tsql/batch.js';

/** The SQL of the documents whose users Sluice takes over, verbatim. */
const BATCHES = [
  'SELECT COUNT(*) FROM dbo.Employees;\nSELECT COUNT(*) FROM dbo.Projects; \nSELECT COUNT(*) FROM dbo.Tasks;',
  'SELECT MAX(ModifiedDate) FROM dbo.Employees;',
  `INSERT INTO dbo.Employees (FirstName, LastName, Email, Department) 
VALUES ('Test', 'User', 'test@company.com', 'IT');`,
  'USE dbaops_dataflow;',
  `INSERT INTO source_servers (server_name, connection_string, is_enabled)
VALUES (
    'SourceServer1',
    'server=source1.example.com;user id=sa;password=pass;database=master;encrypt=disable',
    1
);`,
  `INSERT INTO table_mappings (
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
);`,
  '-- Enable CDC at database level\nEXEC sys.sp_cdc_enable_db;',
  `EXEC sys.sp_cdc_enable_table
    @source_schema = N'dbo',
    @source_name = N'Users',
    @role_name = N'cdc_admin',
    @capture_instance = N'dbo_Users';`,
  `-- On source server
UPDATE [SourceDB].[dbo].[Users]
SET FullSyncTrigger = 1
WHERE UserID = 1;  -- or for entire table: WHERE 1=1`,
  `-- Stop entire server
UPDATE source_servers SET is_enabled = 0 WHERE server_id = 1;

-- Stop specific table
UPDATE table_mappings SET is_enabled = 0 WHERE mapping_id = 1;`,
  'SELECT * FROM v_sync_summary;',
  'SELECT * FROM v_recent_errors;',
  "SELECT * FROM verification_logs\nWHERE verification_status = 'FAILED'\nORDER BY verified_at DESC;",
  `SELECT 
    tm.source_table,
    tm.dest_table,
    ss.status,
    ss.completed_at
FROM sync_status ss
INNER JOIN table_mappings tm ON ss.mapping_id = tm.mapping_id
WHERE ss.status IN ('RUNNING', 'ERROR')
ORDER BY ss.started_at DESC;`,
  "SELECT is_cdc_enabled FROM sys.databases WHERE name = 'YourDB'",
  "SELECT * FROM cdc.change_tables WHERE source_object_id = OBJECT_ID('YourTable')",
  'SELECT FullSyncTrigger FROM SourceTable WHERE FullSyncTrigger = 1',
  '-- 1. Create Database\nCREATE DATABASE testct;',
  `-- 2. Enable Change Tracking on Database
    ALTER DATABASE testct
    SET CHANGE_TRACKING = ON
    (CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON);`,
  `-- 3. Create Table & Enable Change Tracking
    CREATE TABLE [User] (
        id BIGINT PRIMARY KEY,
        username VARCHAR(100),
        email VARCHAR(100)
    );`,
  `ALTER TABLE [User]
    ENABLE CHANGE_TRACKING
    WITH (TRACK_COLUMNS_UPDATED = ON);`,
  "INSERT INTO [User] (id, username, email) VALUES (1, 'alice', 'alice@example.com');",
];

describe('the SQL of the seeds', () => {
  it.each(BATCHES)('is read: %s', (text) => {
    expect(parseBatch(text).length).toBeGreaterThan(0);
  });
});
