/**
 * Capture instances with their source tables. \`cleaned\` tells one whose start was moved by a
 * clean-up from one that is new: a clean-up moves it to a transaction that began after the instance
 * was made.
 */
export const READ_INSTANCES = `
SELECT t.object_id AS id,
       t.source_object_id AS sourceId,
       s.name AS [schema],
       o.name AS [table],
       t.capture_instance AS name,
       h.name AS changeTable,
       t.start_lsn AS startLsn,
       CONVERT(varchar(33), t.create_date, 126) AS created,
       CASE WHEN m.tran_begin_time > t.create_date THEN 1 ELSE 0 END AS cleaned,
       CASE WHEN k.column_id IS NULL THEN 0 ELSE 1 END AS hasCommand
  FROM cdc.change_tables AS t
  JOIN sys.tables AS o ON o.object_id = t.source_object_id
  JOIN sys.schemas AS s ON s.schema_id = o.schema_id
  JOIN sys.tables AS h ON h.object_id = t.object_id
  LEFT JOIN cdc.lsn_time_mapping AS m ON m.start_lsn = t.start_lsn
  LEFT JOIN sys.columns AS k ON k.object_id = t.object_id AND k.name = N'__$command_id'
 ORDER BY t.source_object_id, t.create_date, t.object_id`;

/** Where each instance begins at this moment. */
export const READ_STARTS = `
SELECT t.object_id AS id,
       t.start_lsn AS startLsn
  FROM cdc.change_tables AS t`;

/** The instance @id, also for a login that does not see its table. */
export const COUNT_INSTANCE = `
SELECT COUNT(*) AS n
  FROM cdc.change_tables AS t
 WHERE t.object_id = @id`;

/** Every column of the instances as the change table has it now, and what the source has of it. */
export const READ_CAPTURED = `
SELECT t.object_id AS instanceId,
       c.column_name AS name,
       c.column_ordinal AS ordinal,
       c.is_computed AS computed,
       y.name AS typeName,
       k.max_length AS maxLength,
       k.[precision] AS [precision],
       k.scale AS scale,
       sy.name AS sourceTypeName,
       CASE WHEN s.column_id IS NULL THEN 0 ELSE 1 END AS onSource,
       CASE WHEN i.column_id IS NULL THEN 0 ELSE 1 END AS isKey,
       CASE WHEN xc.column_id IS NULL THEN 0 ELSE 1 END AS isPrimary
  FROM cdc.change_tables AS t
  JOIN cdc.captured_columns AS c ON c.object_id = t.object_id
  JOIN sys.columns AS k ON k.object_id = t.object_id AND k.name = c.column_name
  JOIN sys.types AS y ON y.user_type_id = k.system_type_id
  LEFT JOIN sys.columns AS s ON s.object_id = t.source_object_id AND s.column_id = c.column_id
  LEFT JOIN sys.types AS sy ON sy.user_type_id = s.system_type_id
  LEFT JOIN cdc.index_columns AS i ON i.object_id = t.object_id AND i.column_id = c.column_id
  LEFT JOIN sys.indexes AS x ON x.object_id = t.source_object_id AND x.is_primary_key = 1
  LEFT JOIN sys.index_columns AS xc
    ON xc.object_id = x.object_id AND xc.index_id = x.index_id
   AND xc.column_id = c.column_id AND xc.key_ordinal > 0
 ORDER BY t.object_id, c.column_ordinal`;

/** Changes whenever one of the statements that READ_CAPTURED depends on was captured. */
export const READ_DDL_MARK = `
SELECT COUNT_BIG(*) AS statements, MAX(d.ddl_lsn) AS lsn
  FROM cdc.ddl_history AS d`;

/** Columns that a captured table has and an instance of it does not capture. */
export const READ_UNCAPTURED = `
SELECT t.object_id AS instanceId,
       s.name AS name
  FROM cdc.change_tables AS t
  JOIN sys.columns AS s ON s.object_id = t.source_object_id
 WHERE s.is_computed = 0
   AND s.is_column_set = 0
   AND NOT EXISTS (SELECT 1 FROM cdc.captured_columns AS c
                    WHERE c.object_id = t.object_id AND c.column_id = s.column_id)
 ORDER BY t.object_id, s.column_id`;

/** The first change of its table that the instance @id saw before @until (exclusive). */
export const READ_FIRST_DDL = `
SELECT MIN(d.ddl_lsn) AS lsn
  FROM cdc.ddl_history AS d
 WHERE d.object_id = @id
   AND d.ddl_lsn < CONVERT(binary(10), @until)`;
