/**
 * ALTER COLUMN: type and NULL. Needed by test/conformance/sqlserver/definitions: "ALTER COLUMN …
 * NULL takes NULL".
 */
import pg from 'pg';
import { SqlError } from '../../backend.js';
import type { ColumnInfo, SessionContext } from '../../engine/catalog-seam.js';
import { pgType } from '../../engine/values/storage.js';
import type { AlterTableAction } from '../../tsql/ast.js';
import type { TableTarget } from './add-column.js';
import { columnType } from './column-type.js';

type AlterColumn = Extract<AlterTableAction, { kind: 'alterColumn' }>;

/** The values are assigned to the new type, as SQL Server does: too long a text is 2628. */
export async function alterColumn(
  context: SessionContext,
  table: TableTarget,
  alter: AlterColumn,
): Promise<void> {
  const column = columnToAlter(table, alter.column);
  await refuseFixed(context, table, column);
  const { type, alias } = await columnType(
    context,
    table.place.database,
    alter.type,
    alter.collation,
  );
  const nullable = alter.nullable ?? true;
  const where = `table '${table.place.database.name}.${table.place.schema}.${table.place.name}', column '${column.name}'`;
  const value = { sql: column.pg, type: column.type, nullable: true };
  const converted = context.assign(value, type, where);
  await context.query(
    `ALTER TABLE ${table.pg} ALTER COLUMN ${column.pg} DROP DEFAULT,
       ALTER COLUMN ${column.pg} TYPE ${pgType(type)} USING ${converted}`,
  );
  await setNotNull(context, table, column, nullable);
  await context.query(
    `UPDATE ms.columns SET type = $3, alias = $4, length = $5, precision = $6, scale = $7, coll = $8, nullable = $9
      WHERE object_id = $1 AND id = $2`,
    [
      table.id,
      column.id,
      type.name,
      alias,
      type.length,
      type.precision,
      type.scale,
      type.collation,
      nullable,
    ],
  );
  await restoreDefault(context, table, column);
  context.catalogChanged();
}

async function restoreDefault(
  context: SessionContext,
  table: TableTarget,
  column: ColumnInfo,
): Promise<void> {
  const sql =
    column.identity === undefined ? column.default : `nextval('${column.identity.sequence}')`;
  if (sql === undefined) return;
  await context.query(`ALTER TABLE ${table.pg} ALTER COLUMN ${column.pg} SET DEFAULT ${sql}`);
}

async function setNotNull(
  context: SessionContext,
  table: TableTarget,
  column: ColumnInfo,
  nullable: boolean,
): Promise<void> {
  const change = nullable ? 'DROP' : 'SET';
  try {
    await context.query(`ALTER TABLE ${table.pg} ALTER COLUMN ${column.pg} ${change} NOT NULL`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '23502') throw error;
    const name = `${table.place.database.name}.${table.place.schema}.${table.place.name}`;
    throw new SqlError(
      515,
      `Cannot insert the value NULL into column '${column.name}', table '${name}'; column does not allow nulls. UPDATE fails.`,
      { state: 2 },
    );
  }
}

function columnToAlter(table: TableTarget, name: string): ColumnInfo {
  const column = table.columns.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (column !== undefined) return column;
  throw new SqlError(
    4924,
    `ALTER TABLE ALTER COLUMN failed because column '${name}' does not exist in table '${table.place.name}'.`,
  );
}

/** Computed columns and those of a key cannot be altered; longer texts of a key could (not modelled). */
async function refuseFixed(
  context: SessionContext,
  table: TableTarget,
  column: ColumnInfo,
): Promise<void> {
  const [used] = await context.query<{ name: string }>(
    `SELECT i.name FROM ms.index_columns AS x JOIN ms.indexes AS i ON i.object_id = x.object_id AND i.id = x.index_id
      WHERE x.object_id = $1 AND x.column_id = $2 AND i.id > 0 AND i.is_primary`,
    [table.id, column.id],
  );
  if (column.computed !== true && used === undefined) return;
  throw new SqlError(
    4922,
    `ALTER TABLE ALTER COLUMN ${column.name} failed because one or more objects access this column.`,
    { state: 9 },
  );
}
