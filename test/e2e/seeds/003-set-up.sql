-- 1. Create Database
CREATE DATABASE testct;
GO
USE testct;
GO

-- 2. Enable Change Tracking on Database
ALTER DATABASE testct
SET CHANGE_TRACKING = ON
(CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON);
GO

-- 3. Create Table & Enable Change Tracking
CREATE TABLE [User] (
    id BIGINT PRIMARY KEY,
    username VARCHAR(100),
    email VARCHAR(100)
);
GO

ALTER TABLE [User]
ENABLE CHANGE_TRACKING
WITH (TRACK_COLUMNS_UPDATED = ON);
GO
