/**
 * A foreign key, its actions and the key that it refers to. Needed by
 * test/conformance/sqlserver/catalogue-meaning: "have actions by number" and
 * test/conformance/sqlserver/definitions: "WITH CHECK CHECK CONSTRAINT looks at every row".
 */
import pg from 'pg';
import { SqlError } from '../../backend.js';
import type { SessionContext, TableInfo } from '../../engine/catalog-seam.js';
import type { ForeignKeyConstraint, ReferentialAction } from '../../tsql/ast.js';
import { findTable } from '../lookup.js';
import type { TableTarget } from './add-column.js';
import { constraintObject } from './constraint-object.js';
import type { Adding } from './constraint-object.js';
import { columnOf } from './add-index.js';

const ACTIONS: Readonly<Record<ReferentialAction, { number: number; pg: string }>> = {
  noAction: { number: 0, pg: 'NO ACTION' },
  cascade: { number: 1, pg: 'CASCADE' },
  setNull: { number: 2, pg: 'SET NULL' },
  setDefault: { number: 3, pg: 'SET DEFAULT' },
};

interface ReferencedKey {
  readonly indexId: number;
  readonly columns: readonly number[];
}

/** PostgreSQL's constraint f<object id>, on tables that are no #temp tables. */
export async function addForeignKey(
  context: SessionContext,
  table: TableTarget,
  key: ForeignKeyConstraint,
  { check }: Adding,
): Promise<void> {
  if (table.place.temporary) return;
  const parent = await referencedTable(context, table, key);
  const { id, name } = await constraintObject(context, table, key.name, 'F', key.columns[0] ?? '');
  const columns = key.columns.map((column) => columnOf(table, column));
  const referenced = await referencedKey(context, parent, key, name);
  if (key.onDelete !== 'noAction' || key.onUpdate !== 'noAction') {
    await refuseCycles(context, table, parent, name);
  }
  await context.query(
    `INSERT INTO ms.foreign_keys (id, parent, referenced, index_id, not_trusted, not_for_replication, on_delete, on_update)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      table.id,
      parent.objectId,
      referenced.indexId,
      !check,
      key.notForReplication,
      ACTIONS[key.onDelete].number,
      ACTIONS[key.onUpdate].number,
    ],
  );
  for (const [index, column] of columns.entries()) {
    await context.query('INSERT INTO ms.foreign_key_columns VALUES ($1, $2, $3, $4)', [
      id,
      index + 1,
      column.id,
      referenced.columns[index],
    ]);
  }
  await enforceForeignKey(context, id, check);
  context.catalogChanged();
}

async function referencedTable(
  context: SessionContext,
  table: TableTarget,
  key: ForeignKeyConstraint,
): Promise<TableInfo> {
  const [last = ''] = key.references.slice(-1);
  const { database, schema } = table.place;
  const given = key.references.at(-2) ?? '';
  const found =
    (given === '' ? await findTable(context, [database.name, schema, last]) : undefined) ??
    (await findTable(context, [database.name, given, last]));
  if (found?.kind === 'table') return found;
  throw new SqlError(
    1767,
    `Foreign key '${key.name ?? ''}' references invalid table '${key.references.join('.')}'.`,
    { state: 0 },
  );
}

/** A unique index over exactly those columns, in the order in which the constraint names them. */
async function referencedKey(
  context: SessionContext,
  parent: TableInfo,
  { referencedColumns }: ForeignKeyConstraint,
  name: string,
): Promise<ReferencedKey> {
  const rows = await context.query<{ id: number; primary: boolean; columns: number[] }>(
    `SELECT i.id, i.is_primary AS primary, array_agg(x.column_id ORDER BY x.key_ordinal) AS columns
       FROM ms.indexes AS i JOIN ms.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.id
      WHERE i.object_id = $1 AND i.is_unique AND i.filter IS NULL AND x.key_ordinal > 0
      GROUP BY i.id, i.is_primary ORDER BY i.is_primary DESC, i.id`,
    [parent.objectId],
  );
  if (referencedColumns === null) {
    const primary = rows.find((row) => row.primary);
    if (primary !== undefined) return { indexId: primary.id, columns: primary.columns };
  } else {
    const wanted = referencedColumns.map(
      (column) => columnOf({ columns: [...parent.columns] }, column).id,
    );
    const found = rows.find((row) => sameSet(row.columns, wanted));
    if (found !== undefined) return { indexId: found.id, columns: wanted };
  }
  throw new SqlError(
    1776,
    `There are no primary or candidate keys in the referenced table '${parent.schema}.${parent.name}' that match the referencing column list in the foreign key '${name}'.`,
    { state: 0 },
  );
}

function sameSet(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

/** Cascades may not come back to the table, nor reach it by two ways; only the first is looked for. */
async function refuseCycles(
  context: SessionContext,
  table: TableTarget,
  parent: TableInfo,
  name: string,
): Promise<void> {
  const [row] = await context.query(
    `WITH RECURSIVE up AS (SELECT $1::integer AS id
       UNION SELECT f.referenced FROM up JOIN ms.foreign_keys AS f
         ON f.parent = up.id AND (f.on_delete > 0 OR f.on_update > 0))
     SELECT FROM up WHERE id = $2`,
    [parent.objectId, table.id],
  );
  if (row === undefined) return;
  throw new SqlError(
    1785,
    `Introducing FOREIGN KEY constraint '${name}' on table '${table.place.name}' may cause cycles or multiple cascade paths. Specify ON DELETE NO ACTION or ON UPDATE NO ACTION, or modify other FOREIGN KEY constraints.`,
    { state: 0 },
  );
}

interface ForeignKeyRow {
  readonly name: string;
  readonly database: string;
  readonly child: string;
  readonly parent: string;
  readonly parentName: string;
  readonly columns: string;
  readonly referenced: string;
  readonly keyIndex: string;
  readonly onDelete: number;
  readonly onUpdate: number;
}

/**
 * From the catalog's rows; also when a disabled one is enabled again. PostgreSQL refers only to
 * keys that it checks at once, so the key gets such an index beside its own. Throws 547.
 */
export async function enforceForeignKey(
  context: SessionContext,
  id: number,
  proves: boolean,
): Promise<void> {
  const [row] = await context.query<ForeignKeyRow>(FOREIGN_KEY, [id]);
  if (row === undefined) throw new Error('a foreign key has a row');
  await context.query(
    `CREATE UNIQUE INDEX IF NOT EXISTS ${row.keyIndex} ON ${row.parent} (${row.referenced}) NULLS NOT DISTINCT`,
  );
  const sql =
    `ALTER TABLE ${row.child} ADD CONSTRAINT f${String(id)} FOREIGN KEY (${row.columns}) ` +
    `REFERENCES ${row.parent} (${row.referenced}) ON DELETE ${actionOf(row.onDelete)} ON UPDATE ${actionOf(row.onUpdate)}`;
  try {
    await context.query(proves ? sql : `${sql} NOT VALID`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '23503') throw error;
    throw new SqlError(
      547,
      `The ALTER TABLE statement conflicted with the FOREIGN KEY constraint "${row.name}". The conflict occurred in database "${row.database}", table "${row.parentName}".`,
      { state: 0 },
    );
  }
}

function actionOf(number: number): string {
  return Object.values(ACTIONS).find((action) => action.number === number)?.pg ?? 'NO ACTION';
}

const FOREIGN_KEY = `
SELECT o.name, d.name AS database, ms.relation(f.parent) AS child, ms.relation(f.referenced) AS parent,
  s.name || '.' || p.name AS "parentName",
  (SELECT string_agg('c' || c.parent_column, ', ' ORDER BY c.ordinal) FROM ms.foreign_key_columns AS c WHERE c.id = f.id) AS columns,
  (SELECT string_agg('c' || c.referenced_column, ', ' ORDER BY c.ordinal) FROM ms.foreign_key_columns AS c WHERE c.id = f.id) AS referenced,
  'r' || f.referenced || '_' || f.index_id AS "keyIndex", f.on_delete AS "onDelete", f.on_update AS "onUpdate"
FROM ms.foreign_keys AS f JOIN ms.objects AS o ON o.id = f.id JOIN ms.databases AS d ON d.id = o.db
JOIN ms.objects AS p ON p.id = f.referenced JOIN ms.schemas AS s ON s.db = p.db AND s.id = p.schema_id
WHERE f.id = $1`;
