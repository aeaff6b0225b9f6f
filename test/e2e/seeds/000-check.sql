-- Check replica data
SELECT COUNT(*) FROM dbo.Employees;
GO
SELECT COUNT(*) FROM dbo.Projects; 
GO
SELECT COUNT(*) FROM dbo.Tasks;
GO

-- Verify last sync timestamps
SELECT MAX(ModifiedDate) FROM dbo.Employees;
GO
