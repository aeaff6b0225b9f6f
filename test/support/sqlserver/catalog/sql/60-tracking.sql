-- Needed by test/conformance/sqlserver/catalogue-meaning: "keep changes for so many minutes".
CREATE VIEW sys.change_tracking_databases AS
  SELECT here.id AS db, d.id AS database_id, d.tracking_cleanup::integer::ms.bit AS is_auto_cleanup_on,
    d.tracking_period AS retention_period, d.tracking_units::ms.tinyint AS retention_period_units,
    (ARRAY['MINUTES', 'HOURS', 'DAYS'])[d.tracking_units]::ms.nvarchar_60 AS retention_period_units_desc
  FROM ms.databases AS d CROSS JOIN ms.databases AS here WHERE d.tracking_period IS NOT NULL;
