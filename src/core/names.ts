/** A table inside one database. Case and characters exactly as the server has them. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** For messages and logs; never for SQL. */
export function displayName(name: TableName): string {
  return `${name.schema}.${name.table}`;
}

export function sameTable(a: TableName, b: TableName): boolean {
  return a.schema === b.schema && a.table === b.table;
}
