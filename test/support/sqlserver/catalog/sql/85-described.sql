-- All that the engine asks about one table, in one look-up.
CREATE VIEW ms.described AS
  SELECT o.id, o.db, d.name AS database, d.coll AS collation, d.snapshot, s.name AS schema, o.schema_id, o.name, o.type,
    o.spid IS NOT NULL AS temporary, ms.relation(o.id) AS relation, m.definition,
    (SELECT jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'type', c.type, 'length', c.length,
        'precision', c.precision, 'scale', c.scale, 'collation', c.coll, 'nullable', c.nullable, 'seed', c.seed,
        'increment', c.increment, 'computed', c.computed IS NOT NULL, 'default', c.default_sql) ORDER BY c.id)
      FROM ms.columns AS c WHERE c.object_id = o.id) AS columns
  FROM ms.objects AS o JOIN ms.databases AS d ON d.id = o.db
  JOIN ms.schemas AS s ON s.db = o.db AND s.id = o.schema_id
  LEFT JOIN ms.modules AS m ON m.id = o.id;

-- Columns of the views in schema sys, with the name of the domain that tells the type.
CREATE VIEW ms.system_columns AS
  SELECT c.oid::integer AS id, c.relname AS view, a.attnum - 1 AS column_id, a.attname AS name, t.typname AS type
  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 1 AND NOT a.attisdropped
  JOIN pg_type AS t ON t.oid = a.atttypid
  WHERE c.relnamespace = 'sys'::regnamespace AND c.relkind = 'v';
