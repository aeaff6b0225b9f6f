import { wantedIds } from './wanted.js';

/** Index 0 is the heap of a table without a clustered index: it says where the rows are. */
export const INDEXES = `
SELECT i.object_id AS tableId,
       i.index_id AS id,
       i.name AS name,
       i.type AS kind,
       i.is_unique AS isUnique,
       i.is_primary_key AS isPrimary,
       i.is_unique_constraint AS isConstraint,
       i.is_disabled AS disabled,
       i.ignore_dup_key AS ignoresDuplicates,
       i.fill_factor AS [fillFactor],
       i.is_padded AS padded,
       i.allow_row_locks AS rowLocks,
       i.allow_page_locks AS pageLocks,
       i.has_filter AS hasFilter,
       i.filter_definition AS filter,
       ds.name AS dataSpace,
       ds.type AS dataSpaceKind
  FROM sys.indexes AS i
  JOIN sys.tables AS t ON t.object_id = i.object_id
  LEFT JOIN sys.data_spaces AS ds ON ds.data_space_id = i.data_space_id
 WHERE t.is_ms_shipped = 0 AND i.is_hypothetical = 0
   AND ${wantedIds('i.object_id')}
 ORDER BY i.object_id, i.index_id`;

/**
 * A partitioning column that is not declared in the index has no key place and is not included
 * (test/conformance/sqlserver/catalogue-meaning: "tell key columns from included ones").
 */
export const INDEX_COLUMNS = `
SELECT x.object_id AS tableId,
       x.index_id AS indexId,
       c.name AS name,
       x.key_ordinal AS keyPlace,
       x.partition_ordinal AS partitionPlace,
       x.is_descending_key AS descending,
       x.is_included_column AS included
  FROM sys.index_columns AS x
  JOIN sys.tables AS t ON t.object_id = x.object_id
  JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
 WHERE t.is_ms_shipped = 0
   AND ${wantedIds('x.object_id')}
 ORDER BY x.object_id, x.index_id, x.key_ordinal, x.index_column_id`;

/** Only what is not the default of its kind: row, page and columnstore archive. */
export const COMPRESSION = `
SELECT p.object_id AS tableId,
       p.index_id AS indexId,
       p.partition_number AS [partition],
       p.data_compression AS compression
  FROM sys.partitions AS p
  JOIN sys.tables AS t ON t.object_id = p.object_id
 WHERE t.is_ms_shipped = 0 AND p.data_compression IN (1, 2, 4)
   AND ${wantedIds('p.object_id')}
 ORDER BY p.object_id, p.index_id, p.partition_number`;
