/** A table inside one database. Case and characters exactly as the server has them. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** For messages and logs; never for SQL. */
export function displayName(name: TableName): string {
  return `${name.schema}.${name.table}`;
}

/** The pattern that means just this table, whatever its characters. */
export function exactPattern({ schema, table }: TableName): string {
  const quoted = (part: string): string => `"${part.replaceAll('"', '""')}"`;
  return `${quoted(schema)}.${quoted(table)}`;
}

export function sameTable(a: TableName, b: TableName): boolean {
  return a.schema === b.schema && a.table === b.table;
}
