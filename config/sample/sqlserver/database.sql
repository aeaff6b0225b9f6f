-- An empty database for the sample company, with both kinds of change feed switched on.
--
-- Load it by hand with:
--   sqlcmd -C -b -I -i database.sql -i schema.sql -i data.sql -i feeds.sql
--
-- SNAPSHOT isolation lets Sluice read a table without holding up anybody who writes to it.
IF DB_ID(N'company') IS NULL
  CREATE DATABASE company;
GO
ALTER DATABASE company SET ALLOW_SNAPSHOT_ISOLATION ON;
GO
ALTER DATABASE company SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON);
GO
USE company;
GO
EXEC sys.sp_cdc_enable_db;
GO
