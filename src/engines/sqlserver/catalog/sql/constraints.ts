import { wantedIds } from './wanted.js';

export const CHECKS = `
SELECT c.parent_object_id AS tableId,
       c.object_id AS id,
       c.name AS name,
       c.definition AS definition,
       c.is_disabled AS disabled,
       c.is_not_trusted AS notTrusted,
       c.is_not_for_replication AS notForReplication
  FROM sys.check_constraints AS c
 WHERE c.is_ms_shipped = 0
   AND ${wantedIds('c.parent_object_id')}
 ORDER BY c.parent_object_id, c.name`;

/** One row for each pair of columns, in the order of the key. */
export const FOREIGN_KEYS = `
SELECT fk.parent_object_id AS tableId,
       fk.object_id AS id,
       fk.name AS name,
       fk.referenced_object_id AS referencedId,
       s.name AS referencedSchema,
       t.name AS referencedTable,
       fk.is_disabled AS disabled,
       fk.is_not_trusted AS notTrusted,
       fk.is_not_for_replication AS notForReplication,
       fk.delete_referential_action AS onDelete,
       fk.update_referential_action AS onUpdate,
       child.name AS [column],
       parent.name AS referencedColumn
  FROM sys.foreign_keys AS fk
  JOIN sys.foreign_key_columns AS k ON k.constraint_object_id = fk.object_id
  JOIN sys.columns AS child
    ON child.object_id = k.parent_object_id AND child.column_id = k.parent_column_id
  JOIN sys.columns AS parent
    ON parent.object_id = k.referenced_object_id AND parent.column_id = k.referenced_column_id
  JOIN sys.tables AS t ON t.object_id = fk.referenced_object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE fk.is_ms_shipped = 0
   AND ${wantedIds('fk.parent_object_id')}
 ORDER BY fk.parent_object_id, fk.object_id, k.constraint_column_id`;
