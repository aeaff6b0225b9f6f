/**
 * From a name to what it stands for. Needed by test/conformance/sqlserver/definitions: "leaves the
 * table as it was to write to" and test/conformance/sqlserver/definitions: "of a view that is there
 * changes it in place".
 */
import { z } from 'zod';
import { SqlError } from '../backend.js';
import type { DatabaseInfo, SessionContext, TableInfo } from '../engine/catalog-seam.js';
import type { Name } from '../tsql/ast.js';
import { parseBatch } from '../tsql/batch.js';
import { notModelled } from '../tsql/cursor.js';
import { columnOfRow, columnRows } from './column-rows.js';
import { systemView } from './system-views.js';

const described = z.object({
  id: z.number(),
  db: z.number(),
  database: z.string(),
  collation: z.string(),
  snapshot: z.boolean(),
  schema: z.string(),
  schema_id: z.number(),
  name: z.string(),
  type: z.string(),
  temporary: z.boolean(),
  relation: z.string(),
  definition: z.string().nullable(),
  columns: columnRows,
});

export type Described = z.infer<typeof described>;

/** A table or view by name; undefined for nothing or for what has no rows. */
export async function findTable(
  context: SessionContext,
  name: Name,
): Promise<TableInfo | undefined> {
  refuseLinkedServer(name);
  const id = await findId(context, name);
  if (id === null) return undefined;
  if (id < 0) return systemView(context, id, await databaseOf(context, name));
  const row = await describe(context, id);
  return row === undefined ? undefined : tableOf(context, row);
}

export async function findId(context: SessionContext, name: Name): Promise<number | null> {
  const [row] = await context.query<{ id: number | null }>('SELECT ms.find($1, $2) AS id', [
    context.database.id,
    name,
  ]);
  return row?.id ?? null;
}

export async function describe(
  context: SessionContext,
  id: number,
): Promise<Described | undefined> {
  const [row] = await context.query('SELECT * FROM ms.described WHERE id = $1', [id]);
  return row === undefined ? undefined : described.parse(row);
}

/** The database that the first of three parts names, else the session's own. */
export async function databaseOf(context: SessionContext, name: Name): Promise<DatabaseInfo> {
  const part = name.at(-3) ?? '';
  return part === '' ? context.database : findDatabase(context, part);
}

/** Throws 911. */
export async function findDatabase(
  context: Pick<SessionContext, 'query'>,
  name: string,
): Promise<DatabaseInfo> {
  const [row] = await context.query<DatabaseInfo>(
    `SELECT id, name, coll AS collation, snapshot AS "snapshotAllowed" FROM ms.databases
      WHERE lower(name) = lower($1)`,
    [name],
  );
  if (row !== undefined) return row;
  throw new SqlError(
    911,
    `Database '${name}' does not exist. Make sure that the name is entered correctly.`,
  );
}

export async function tableOf(
  context: SessionContext,
  row: Described,
): Promise<TableInfo | undefined> {
  const type = row.type.trim();
  if (type === 'V') return viewOf(context, row);
  if (type !== 'U') return undefined;
  const sequence = row.temporary
    ? `pg_temp.i${String(row.id)}`
    : `d${String(row.db)}.i${String(row.id)}`;
  const columns = (row.columns ?? []).map((column) => columnOfRow(column, sequence));
  return { ...placeOf(row), kind: 'table', pg: row.relation, columns };
}

/** A view is printed anew wherever it is used: what it selects from may have changed. */
async function viewOf(context: SessionContext, row: Described): Promise<TableInfo> {
  const [statement] = parseBatch(row.definition ?? '');
  if (statement?.kind !== 'module' || statement.module.kind !== 'view') {
    throw new Error(`the text of view ${row.name} is none`);
  }
  if (row.db !== context.database.id) throw notModelled('views of another database');
  const { columns: names, query } = statement.module;
  const { sql, columns } = await context.printQuery(query);
  const pg = columns.map((_, index) => `c${String(index + 1)}`);
  return {
    ...placeOf(row),
    kind: 'view',
    pg: `(SELECT * FROM (${sql}) AS v (${pg.join(', ')}))`,
    columns: columns.map(({ name, type, nullable }, index) => ({
      id: index + 1,
      name: names?.[index] ?? name,
      pg: pg[index] ?? '',
      type,
      nullable,
    })),
  };
}

function infoOf({ db, database, collation, snapshot }: Described): DatabaseInfo {
  return { id: db, name: database, collation, snapshotAllowed: snapshot };
}

function placeOf(row: Described): Pick<TableInfo, 'objectId' | 'database' | 'schema' | 'name'> {
  return { objectId: row.id, database: infoOf(row), schema: row.schema, name: row.name };
}

function refuseLinkedServer(name: Name): void {
  if (name.length < 4 || name[0] === '') return;
  throw new SqlError(
    7202,
    `Could not find server '${name[0] ?? ''}' in sys.servers. Verify that the correct server name was specified. If necessary, execute the stored procedure sp_addlinkedserver to add the server to sys.servers.`,
    { state: 2, level: 11 },
  );
}
