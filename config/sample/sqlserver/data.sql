-- 500 employees, 200 projects, 4,000 tasks and 60,000 sales, the same ones every time.
USE company;
GO
SET IDENTITY_INSERT dbo.Employees ON;
INSERT INTO dbo.Employees (EmployeeID, FirstName, LastName, Email, Department, Position, HireDate,
                           Salary, ManagerID, IsActive, ModifiedDate)
SELECT n.n, CONCAT(N'First', n.n), CONCAT(N'Läst', n.n % 97), CONCAT(N'e', n.n, N'@example.com'),
       CASE n.n % 4 WHEN 0 THEN N'IT' WHEN 1 THEN N'Sales' WHEN 2 THEN N'Finance' ELSE N'Operations' END,
       CASE WHEN n.n = 1 THEN N'Chief Executive Officer' ELSE N'Specialist' END,
       DATEADD(day, n.n * 9 % 4700, CONVERT(date, '20120102')),
       42000 + n.n * 7919 % 30000, CASE WHEN n.n = 1 THEN NULL ELSE (n.n - 1) / 12 + 1 END,
       CASE WHEN n.n % 23 = 0 THEN 0 ELSE 1 END,
       DATEADD(minute, n.n * 17, CONVERT(datetime2(7), '2025-01-06T08:00:00'))
  FROM (SELECT TOP (500) ROW_NUMBER() OVER (ORDER BY a.object_id, b.object_id) AS n
          FROM sys.all_columns AS a CROSS JOIN sys.all_columns AS b) AS n
 ORDER BY n.n;
SET IDENTITY_INSERT dbo.Employees OFF;
GO
INSERT INTO dbo.Projects (ProjectName, StartDate, EndDate, Budget, ProjectManagerID, ClientName)
SELECT CONCAT(N'Project ', n.n), DATEADD(day, n.n, CONVERT(date, '20250101')),
       DATEADD(day, n.n + 90, CONVERT(date, '20250101')), n.n * 1000.5, n.n % 500 + 1,
       CONCAT(N'Client ', n.n % 20)
  FROM (SELECT TOP (200) ROW_NUMBER() OVER (ORDER BY a.object_id, b.object_id) AS n
          FROM sys.all_columns AS a CROSS JOIN sys.all_columns AS b) AS n
 ORDER BY n.n;
GO
INSERT INTO dbo.Tasks (TaskName, ProjectID, AssignedToID, EstimatedHours, DueDate, CreatedByID,
                       CompletedDate)
SELECT CONCAT(N'Task ', n.n), n.n % 200 + 1, n.n % 500 + 1, n.n % 40 + 0.25,
       DATEADD(day, n.n % 300, CONVERT(date, '20250101')), n.n * 7 % 500 + 1,
       CASE WHEN n.n % 3 = 0 THEN CONVERT(datetime2(3), '2025-06-30T17:00:00') END
  FROM (SELECT TOP (4000) ROW_NUMBER() OVER (ORDER BY a.object_id, b.object_id) AS n
          FROM sys.all_columns AS a CROSS JOIN sys.all_columns AS b) AS n
 ORDER BY n.n;
GO
INSERT INTO dbo.Sales (SoldOn, EmployeeID, Amount, Note)
SELECT DATEADD(day, n.n % 180, CONVERT(date, '20260101')), n.n % 500 + 1, n.n * 7919 % 100000 / 100.0,
       CASE WHEN n.n % 10 = 0 THEN N'returned' END
  FROM (SELECT TOP (60000) ROW_NUMBER() OVER (ORDER BY a.object_id, b.object_id) AS n
          FROM sys.all_columns AS a CROSS JOIN sys.all_columns AS b) AS n;
GO
