import { quoteLiteral } from '../../../sql/quote.js';

export const ENABLE_DATABASE = 'EXEC sys.sp_cdc_enable_db';

export interface InstanceSettings {
  readonly schema: string;
  readonly table: string;
  /** Null: the server names it. */
  readonly name: string | null;
  /** Role that readers have to be in; null: whoever may SELECT from schema cdc and the table. */
  readonly role: string | null;
  readonly filegroup: string | null;
}

/** As a DBA can run it too: no variables. */
export function enableTableSql(instance: InstanceSettings): string {
  const { schema, table, name, role, filegroup } = instance;
  const parts = [
    `@source_schema = ${quoteLiteral(schema)}`,
    `@source_name = ${quoteLiteral(table)}`,
    `@role_name = ${role === null ? 'NULL' : quoteLiteral(role)}`,
    ...(name === null ? [] : [`@capture_instance = ${quoteLiteral(name)}`]),
    ...(filegroup === null ? [] : [`@filegroup_name = ${quoteLiteral(filegroup)}`]),
    '@supports_net_changes = 0',
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
