import type { TableName } from '../../../../../core/names.js';
import { quoteIdent, quoteQualified } from '../../../sql/quote.js';

/** @param retention as it stands in the statement: `2 DAYS` */
export function enableDatabaseSql(database: string, retention: string): string {
  const options = `CHANGE_RETENTION = ${retention}, AUTO_CLEANUP = ON`;
  return `ALTER DATABASE ${quoteIdent(database)} SET CHANGE_TRACKING = ON (${options})`;
}

export function enableTableSql({ schema, table }: TableName): string {
  const name = quoteQualified(schema, table);
  return `ALTER TABLE ${name} ENABLE CHANGE_TRACKING WITH (TRACK_COLUMNS_UPDATED = ON)`;
}

/** As a DBA runs it, once no table is tracked any more; never run by Sluice. */
export function disableDatabaseSql(database: string): string {
  return `ALTER DATABASE ${quoteIdent(database)} SET CHANGE_TRACKING = OFF`;
}
