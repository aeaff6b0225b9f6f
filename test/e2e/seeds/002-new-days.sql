-- Data for two dates that the target has no partition for, and a correction of the last one.
UPDATE dbo.DailyReports SET total = total + 1 WHERE report_date = 20250206 AND report_id <= 100;
GO
INSERT INTO dbo.DailyReports (report_date, report_id, title, total)
SELECT d.report_date, n.n, CONCAT(N'Report ', n.n), n.n * 0.25
  FROM (SELECT 1 + a.d + 10 * b.d + 100 * c.d AS n
          FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (d)
         CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (d)
         CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS c (d)) AS n
 CROSS JOIN (VALUES (20250207), (20250208)) AS d (report_date);
