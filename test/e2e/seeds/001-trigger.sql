-- On source server
UPDATE [SourceDB].[dbo].[Users]
SET FullSyncTrigger = 1
WHERE UserID = 1;  -- or for entire table: WHERE 1=1
