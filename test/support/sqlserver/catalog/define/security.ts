/**
 * Logins, users, roles and rights. Needed by test/conformance/sqlserver/rights: "is stopped by a
 * DENY, whatever its schema or a role allows" and test/conformance/sqlserver/catalogue-meaning:
 * "are granted by class 1 and their number".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { SecurityDefinition } from '../../tsql/ast.js';
import { notModelled } from '../../tsql/cursor.js';
import { findId } from '../lookup.js';

type Of<K extends SecurityDefinition['kind']> = Extract<SecurityDefinition, { kind: K }>;

export async function defineSecurity(
  context: SessionContext,
  definition: SecurityDefinition,
): Promise<void> {
  switch (definition.kind) {
    case 'createLogin':
      await createLogin(context, definition);
      break;
    case 'createUser':
      await createUser(context, definition);
      break;
    case 'alterUser':
      await alterUser(context, definition);
      break;
    case 'alterRole':
      await alterRole(context, definition);
      break;
    case 'permission':
      await changePermissions(context, definition);
      break;
    default:
      throw notModelled(`the statement ${definition.kind}`);
  }
  context.catalogChanged();
}

async function createLogin(
  context: SessionContext,
  { name, password, defaultDatabase }: Of<'createLogin'>,
): Promise<void> {
  const [existing] = await context.query('SELECT FROM ms.logins WHERE lower(name) = lower($1)', [
    name,
  ]);
  if (existing !== undefined) throw exists(name);
  await context.query('INSERT INTO ms.logins (name, password, database) VALUES ($1, $2, $3)', [
    name,
    password ?? '',
    defaultDatabase ?? 'master',
  ]);
}

async function createUser(
  context: SessionContext,
  { name, login, defaultSchema }: Of<'createUser'>,
): Promise<void> {
  const { id: db } = context.database;
  const [existing] = await context.query('SELECT WHERE ms.principal_id($1, $2) IS NOT NULL', [
    db,
    name,
  ]);
  if (existing !== undefined) throw exists(name);
  await context.query(
    `INSERT INTO ms.principals (db, id, name, type, login, default_schema)
     SELECT $1, greatest(max(id) FILTER (WHERE id < 16384), 4) + 1, $2, 'S', $3, $4 FROM ms.principals WHERE db = $1`,
    [db, name, login, defaultSchema ?? 'dbo'],
  );
}

/** The schema need not be there. */
async function alterUser(
  context: SessionContext,
  { name, defaultSchema }: Of<'alterUser'>,
): Promise<void> {
  const id = await principalId(context, name);
  await context.query('UPDATE ms.principals SET default_schema = $3 WHERE db = $1 AND id = $2', [
    context.database.id,
    id,
    defaultSchema,
  ]);
}

function exists(name: string): SqlError {
  return new SqlError(15_025, `The server principal or user '${name}' already exists.`);
}

async function alterRole(
  context: SessionContext,
  { role, add, member, server }: Of<'alterRole'>,
): Promise<void> {
  if (server) throw notModelled('ALTER SERVER ROLE');
  const { id: db } = context.database;
  const ids = [await principalId(context, role), await principalId(context, member)];
  const sql = add
    ? 'INSERT INTO ms.role_members VALUES ($1, $2, $3) ON CONFLICT DO NOTHING'
    : 'DELETE FROM ms.role_members WHERE db = $1 AND role = $2 AND member = $3';
  await context.query(sql, [db, ...ids]);
}

async function principalId(context: SessionContext, name: string): Promise<number> {
  const [row] = await context.query<{ id: number | null }>('SELECT ms.principal_id($1, $2) AS id', [
    context.database.id,
    name,
  ]);
  if (row?.id != null) return row.id;
  throw new SqlError(
    15_151,
    `Cannot find the user '${name}', because it does not exist or you do not have permission.`,
  );
}

/** Rights that are the server's and go to logins. */
const OF_SERVER: ReadonlySet<string> = new Set([
  'ALTER ANY CONNECTION',
  'CONTROL SERVER',
  'CREATE ANY DATABASE',
  'VIEW ANY DATABASE',
  'VIEW SERVER PERFORMANCE STATE',
  'VIEW SERVER STATE',
]);

async function changePermissions(
  context: SessionContext,
  { verb, permissions, on, principals }: Of<'permission'>,
): Promise<void> {
  for (const { name, columns } of permissions) {
    if (columns !== null && verb !== 'grant') throw notModelled('DENY and REVOKE of columns');
    const server = on === null && OF_SERVER.has(name);
    const securable = await securableOf(context, on, server);
    for (const principal of principals) {
      const grantee = server ? principal : await principalName(context, principal);
      const right = { ...securable, grantee, permission: rightName(name) };
      for (const minor of await columnIds(context, securable.major, columns)) {
        await changeOne(context, verb, { ...right, minor });
      }
    }
  }
}

/** 0 is the object itself. */
async function columnIds(
  context: SessionContext,
  table: number,
  columns: readonly string[] | null,
): Promise<number[]> {
  if (columns === null) return [0];
  const rows = await context.query<{ id: number }>(
    'SELECT id FROM ms.columns WHERE object_id = $1 AND lower(name) = ANY ($2)',
    [table, columns.map((name) => name.toLowerCase())],
  );
  return rows.map(({ id }) => id);
}

function rightName(name: string): string {
  return name === 'EXEC' ? 'EXECUTE' : name;
}

interface Securable {
  readonly db: number;
  readonly class: number;
  readonly major: number;
}

async function securableOf(
  context: SessionContext,
  on: Of<'permission'>['on'],
  server: boolean,
): Promise<Securable> {
  const { id: db } = context.database;
  if (server) return { db: 0, class: 100, major: 0 };
  if (on === null || on.class === 'DATABASE') return { db, class: 0, major: 0 };
  if (on.class === 'SCHEMA') {
    const [row] = await context.query<{ id: number | null }>('SELECT ms.schema_id($1, $2) AS id', [
      db,
      on.name.at(-1) ?? '',
    ]);
    if (row?.id == null) throw missing('schema', on.name.join('.'));
    return { db, class: 3, major: row.id };
  }
  if (on.class !== 'OBJECT') throw notModelled(`rights ON ${on.class}`);
  const id = await findId(context, on.name);
  if (id === null) throw missing('object', on.name.join('.'));
  return { db, class: 1, major: id };
}

function missing(kind: string, name: string): SqlError {
  return new SqlError(
    15_151,
    `Cannot find the ${kind} '${name}', because it does not exist or you do not have permission.`,
  );
}

async function principalName(context: SessionContext, name: string): Promise<string> {
  const id = await principalId(context, name);
  const [row] = await context.query<{ name: string }>(
    'SELECT name FROM ms.principals WHERE db = $1 AND id = $2',
    [context.database.id, id],
  );
  return row?.name ?? name;
}

async function changeOne(
  context: SessionContext,
  verb: 'grant' | 'deny' | 'revoke',
  right: Securable & {
    readonly minor: number;
    readonly grantee: string;
    readonly permission: string;
  },
): Promise<void> {
  const { db, major, minor, grantee, permission } = right;
  const key = [db, right.class, major, minor, grantee, permission];
  await context.query(
    `DELETE FROM ms.permissions WHERE db = $1 AND class = $2 AND major_id = $3 AND minor_id = $4
       AND grantee = $5 AND permission = $6`,
    key,
  );
  if (verb === 'revoke') return;
  await context.query('INSERT INTO ms.permissions VALUES ($1, $2, $3, $4, $5, $6, $7)', [
    ...key,
    verb === 'grant' ? 'G' : 'D',
  ]);
}

/** False where there is none of that name. */
export async function dropLogin(context: SessionContext, name: string): Promise<boolean> {
  const gone = await context.query(
    'DELETE FROM ms.logins WHERE lower(name) = lower($1) RETURNING name',
    [name],
  );
  return gone.length > 0;
}
