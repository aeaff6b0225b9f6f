/**
 * What a login may do; the rules are in sql/45-permissions.sql. Needed by
 * test/conformance/sqlserver/rights: "reads and writes what it was granted",
 * test/conformance/sqlserver/rights: "sees no state of the server" and
 * test/conformance/sqlserver/rights: "makes no table (262)".
 */
import { SqlError } from '../backend.js';
import type { DatabaseInfo, Right, SessionContext, TableInfo } from '../engine/catalog-seam.js';

/**
 * Management views ask for a right of the server or of the database, and are refused as a whole
 * (their pages, "Permissions"); sys.dm_exec_sessions shows one's own session without.
 */
const MANAGED: Readonly<Record<string, 'server' | 'database'>> = {
  dm_cdc_errors: 'database',
  dm_cdc_log_scan_sessions: 'database',
  dm_db_log_space_usage: 'server',
  dm_server_services: 'server',
  dm_tran_active_transactions: 'server',
  dm_tran_locks: 'server',
  dm_tran_session_transactions: 'server',
};

/** SELECT on these is granted to db_owner only (their pages, "Permissions"). */
const OWNERS: ReadonlySet<string> = new Set(['sql_expression_dependencies']);

/** Throws 229 unless the login may do that to the table. */
export async function permit(
  context: SessionContext,
  right: Right,
  table: TableInfo,
  columns: readonly number[],
): Promise<void> {
  if (table.kind === 'system' && OWNERS.has(table.name)) return permitOwner(context, table);
  if (table.kind === 'system') return permitManaged(context, MANAGED[table.name]);
  if (isTemporary(table)) return;
  if (await mayObject(context, table.database.id, table.objectId, right)) return;
  if (columns.length > 0 && (await mayColumns(context, right, table, columns))) return;
  throw new SqlError(
    229,
    `The ${right} permission was denied on the object '${table.name}', database '${table.database.name}', schema '${table.schema}'.`,
    { level: 14, state: 5 },
  );
}

/** GRANT UPDATE (c) ON t. */
async function mayColumns(
  context: SessionContext,
  right: Right,
  table: TableInfo,
  columns: readonly number[],
): Promise<boolean> {
  const [row] = await context.query<{ may: boolean }>(
    `SELECT bool_and(coalesce(ms.granted($1, 1, $2, c, ARRAY[$3]), '') = 'G') AS may FROM unnest($4::integer[]) AS c`,
    [table.database.id, table.objectId, right, columns],
  );
  return row?.may === true;
}

export function isTemporary(table: TableInfo): boolean {
  return table.name.startsWith('#') || table.name.startsWith('@');
}

export async function mayReseed(context: SessionContext, table: TableInfo): Promise<boolean> {
  const [row] = await context.query<{ may: boolean }>('SELECT ms.may_reseed($1, $2) AS may', [
    table.database.id,
    table.objectId,
  ]);
  return row?.may === true;
}

export async function mayOnServer(context: SessionContext, permission: string): Promise<boolean> {
  const [row] = await context.query<{ may: boolean }>('SELECT ms.may_on_server($1) AS may', [
    permission,
  ]);
  return row?.may === true;
}

/** Throws 229, with the names that the server keeps such views under. */
async function permitOwner(context: SessionContext, table: TableInfo): Promise<void> {
  const [row] = await context.query<{ may: boolean }>(
    "SELECT ms.is_role_member($1, 'db_owner') = 1 OR ms.sysadmin() AS may",
    [context.database.id],
  );
  if (row?.may === true) return;
  throw new SqlError(
    229,
    `The SELECT permission was denied on the object '${table.name}', database 'mssqlsystemresource', schema 'sys'.`,
    { level: 14, state: 5 },
  );
}

/** Throws 300 or 262. */
async function permitManaged(
  context: SessionContext,
  of: 'server' | 'database' | undefined,
): Promise<void> {
  if (of === 'database') {
    await permitInDatabase(context, context.database, 'VIEW DATABASE STATE');
  }
  if (of === 'server') {
    const message =
      "VIEW SERVER STATE permission was denied on object 'server', database 'master'.";
    await permitOnServer(context, 'VIEW SERVER STATE', new SqlError(300, message, { level: 14 }));
  }
}

/** Throws 2760: what is made in a schema takes ALTER on it. */
export async function permitInSchema(
  context: SessionContext,
  place: { readonly database: DatabaseInfo; readonly schemaId: number; readonly schema: string },
): Promise<void> {
  const [row] = await context.query<{ may: boolean }>(
    "SELECT ms.may_in_schema($1, $2, 'ALTER') AS may",
    [place.database.id, place.schemaId],
  );
  if (row?.may === true) return;
  throw new SqlError(
    2760,
    `The specified schema name "${place.schema}" either does not exist or you do not have permission to use it.`,
  );
}

export async function mayObject(
  context: SessionContext,
  db: number,
  objectId: number,
  permission: string,
): Promise<boolean> {
  const [row] = await context.query<{ may: boolean }>('SELECT ms.may($1, $2, $3) AS may', [
    db,
    objectId,
    permission,
  ]);
  return row?.may === true;
}

/** Throws 262. */
export async function permitInDatabase(
  context: SessionContext,
  database: DatabaseInfo,
  permission: string,
): Promise<void> {
  const [row] = await context.query<{ may: boolean }>('SELECT ms.may_in_database($1, $2) AS may', [
    database.id,
    permission,
  ]);
  if (row?.may === true) return;
  throw new SqlError(262, `${permission} permission denied in database '${database.name}'.`, {
    level: 14,
  });
}

/** Throws 262 or 5011 as CREATE and ALTER DATABASE do. */
export async function permitOnServer(
  context: SessionContext,
  permission: string,
  refusal: SqlError,
): Promise<void> {
  if (!(await mayOnServer(context, permission))) throw refusal;
}
