-- Until autovacuum comes by, PostgreSQL takes a database for a two-hundredth of what is in the catalog,
-- and most objects for #temp tables. Then it thinks of one object where there are hundreds, and joins
-- all with all: measured, 0.6 s of processor time for the foreign keys of one table, where 5 ms do.
SELECT pg_restore_attribute_stats('schemaname', 'ms', 'relname', s.relation, 'attname', s.name, 'inherited', false,
  'null_frac', s.nulls::real, 'avg_width', 4, 'n_distinct', s.n_distinct::real)
FROM (VALUES ('objects', 'db', 0, 2), ('objects', 'spid', 0.98, 2), ('schemas', 'db', 0, 5), ('types', 'db', 0, 2),
  ('properties', 'db', 0, 2), ('principals', 'db', 0, 5), ('permissions', 'db', 0, 2),
  ('columns', 'object_id', 0, -0.2), ('indexes', 'object_id', 0, -0.7), ('index_columns', 'object_id', 0, -0.5))
  AS s (relation, name, nulls, n_distinct);
