-- UAT before the refresh: stale users, the first orders, and no partition after 20250206.
CREATE TABLE dbo.Users (
  user_id int NOT NULL CONSTRAINT PK_Users PRIMARY KEY,
  user_name nvarchar(60) NOT NULL,
  email nvarchar(120) NULL);
GO
CREATE TABLE dbo.Orders (
  order_id int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_Orders PRIMARY KEY,
  user_id int NOT NULL,
  amount decimal(12, 2) NOT NULL);
GO
CREATE PARTITION FUNCTION pf_DailyReports (int) AS RANGE RIGHT FOR VALUES (20250206);
GO
CREATE PARTITION SCHEME ps_DailyReports AS PARTITION pf_DailyReports ALL TO ([PRIMARY]);
GO
CREATE TABLE dbo.DailyReports (
  report_date int NOT NULL,
  report_id int NOT NULL,
  title nvarchar(80) NOT NULL,
  total decimal(12, 2) NULL,
  CONSTRAINT PK_DailyReports PRIMARY KEY CLUSTERED (report_date, report_id))
  ON ps_DailyReports (report_date);
GO
CREATE INDEX IX_DailyReports_title ON dbo.DailyReports (title) ON ps_DailyReports (report_date);
GO
INSERT INTO dbo.Users (user_id, user_name, email) VALUES
  (2, N'Tester', N'tester@example.com'), (77, N'Left over', NULL);
GO
SET IDENTITY_INSERT dbo.Orders ON;
INSERT INTO dbo.Orders (order_id, user_id, amount)
SELECT n.n, n.n % 3 + 1, n.n * 1.25
  FROM (SELECT 1 + a.d + 10 * b.d AS n
          FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (d)
         CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (d)) AS n;
SET IDENTITY_INSERT dbo.Orders OFF;
GO
INSERT INTO dbo.DailyReports (report_date, report_id, title, total) VALUES
  (20250206, 1, N'Stale', 1), (20250206, 9999, N'Gone from production', 2);
