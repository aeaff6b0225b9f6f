-- Employees and projects are followed by CDC, tasks by Change Tracking; sales are loaded again by
-- partition switch.
USE company;
GO
EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'Employees',
  @capture_instance = N'dbo_Employees', @role_name = NULL, @supports_net_changes = 0;
GO
EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'Projects',
  @capture_instance = N'dbo_Projects', @role_name = NULL, @supports_net_changes = 0;
GO
ALTER TABLE dbo.Tasks ENABLE CHANGE_TRACKING WITH (TRACK_COLUMNS_UPDATED = ON);
GO
