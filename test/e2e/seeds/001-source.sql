-- Connect to source server
USE SourceDB;
GO

-- Enable CDC at database level
EXEC sys.sp_cdc_enable_db;
GO

-- Enable CDC at table level
EXEC sys.sp_cdc_enable_table
    @source_schema = N'dbo',
    @source_name = N'Users',
    @role_name = N'cdc_admin',
    @capture_instance = N'dbo_Users';
GO
