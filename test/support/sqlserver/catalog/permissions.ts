import { SqlError } from '../backend.js';
import type { DatabaseInfo, Right, SessionContext, TableInfo } from '../engine/catalog-seam.js';

/** Throws 229 unless the login may do that to the table. */
export async function permit(
  context: SessionContext,
  right: Right,
  table: TableInfo,
): Promise<void> {
  if (table.kind === 'system' || table.name.startsWith('#') || table.name.startsWith('@')) return;
  if (await mayObject(context, table.database.id, table.objectId, right)) return;
  throw new SqlError(
    229,
    `The ${right} permission was denied on the object '${table.name}', database '${table.database.name}', schema '${table.schema}'.`,
    { level: 14, state: 5 },
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
  const [row] = await context.query<{ may: boolean }>('SELECT ms.may_on_server($1) AS may', [
    permission,
  ]);
  if (row?.may !== true) throw refusal;
}
