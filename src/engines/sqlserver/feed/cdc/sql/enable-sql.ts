import { quoteLiteral } from '../../../sql/quote.js';

export const ENABLE_DATABASE = 'EXEC sys.sp_cdc_enable_db';
/** Never run by Sluice. */
export const DISABLE_DATABASE = 'EXEC sys.sp_cdc_disable_db';

export interface InstanceSettings {
  readonly schema: string;
  readonly table: string;
  /** Null: the server names it. */
  readonly name: string | null;
  /** Role that readers have to be in; null: whoever may SELECT from schema cdc and the table. */
  readonly role: string | null;
  readonly filegroup: string | null;
  /** SWITCH of its partitions is refused; else it is allowed, and the rows are not captured. */
  readonly refusesSwitch: boolean;
  /** The unique index that names a row; null: the primary key. */
  readonly index: string | null;
}

/** As a DBA can run it too: no variables. */
export function enableTableSql(instance: InstanceSettings): string {
  const { schema, table, name, role, filegroup, index, refusesSwitch } = instance;
  const parts = [
    `@source_schema = ${quoteLiteral(schema)}`,
    `@source_name = ${quoteLiteral(table)}`,
    `@role_name = ${role === null ? 'NULL' : quoteLiteral(role)}`,
    ...(name === null ? [] : [`@capture_instance = ${quoteLiteral(name)}`]),
    ...(filegroup === null ? [] : [`@filegroup_name = ${quoteLiteral(filegroup)}`]),
    ...(index === null ? [] : [`@index_name = ${quoteLiteral(index)}`]),
    '@supports_net_changes = 0',
    ...(refusesSwitch ? ['@allow_partition_switch = 0'] : []),
  ];
  return `EXEC sys.sp_cdc_enable_table ${parts.join(', ')}`;
}

export function disableTableSql(schema: string, table: string, instance: string): string {
  return (
    `EXEC sys.sp_cdc_disable_table @source_schema = ${quoteLiteral(schema)}, ` +
    `@source_name = ${quoteLiteral(table)}, @capture_instance = ${quoteLiteral(instance)}`
  );
}

/** Instances that the capture job has not come to since they were made. */
export const COUNT_UNREAD_INSTANCES = `
SELECT COUNT_BIG(*) AS waiting
  FROM cdc.change_tables AS t
 WHERE t.start_lsn IS NULL`;

/**
 * The index that names the rows of a table: the primary key, else a unique one without NULLs. Change
 * tables have no values of computed columns.
 */
export const READ_ROW_KEY = `
SELECT TOP (1)
       x.name AS name,
       x.is_primary_key AS isPrimary
  FROM sys.indexes AS x
  JOIN sys.tables AS t ON t.object_id = x.object_id
  JOIN sys.schemas AS s ON s.schema_id = t.schema_id
 WHERE s.name = @schema
   AND t.name = @table
   AND x.is_unique = 1
   AND x.has_filter = 0
   AND x.is_disabled = 0
   AND NOT EXISTS (SELECT 1
                     FROM sys.index_columns AS k
                     JOIN sys.columns AS c
                       ON c.object_id = k.object_id AND c.column_id = k.column_id
                    WHERE k.object_id = x.object_id
                      AND k.index_id = x.index_id
                      AND k.key_ordinal > 0
                      AND (c.is_nullable = 1 OR c.is_computed = 1))
 ORDER BY x.is_primary_key DESC, x.index_id`;
