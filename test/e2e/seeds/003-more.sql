INSERT INTO [User] (id, username, email)
SELECT 1001 + a.n * 1000 + b.n * 100 + c.n * 10 + d.n, CONCAT('user', a.n, b.n, c.n, d.n), NULL
  FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11)) AS a (n)
 CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (n)
 CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS c (n)
 CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS d (n);
