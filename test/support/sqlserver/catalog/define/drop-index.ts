/**
 * DROP INDEX, and ALTER INDEX, which takes an index away for a time. Needed by
 * test/conformance/sqlserver/indexes: "that is disabled refuses nothing, until REBUILD" and
 * test/conformance/sqlserver/indexes: "of a key stays while a foreign key refers to it".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { AlterIndex, Definition } from '../../tsql/ast.js';
import { touched } from '../objects.js';
import type { TableTarget } from './add-column.js';
import { buildIndex } from './add-index.js';
import { parseCondition } from '../../tsql/batch.js';
import { placeRows, spaceOfTable } from './data-spaces.js';
import { writeCompression } from './index-options.js';
import { tableTarget } from './table-target.js';

interface IndexRow {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly isKey: boolean;
  readonly unique: boolean;
  readonly filter: string | null;
}

export async function dropIndexes(
  context: SessionContext,
  { indexes, ifExists }: Extract<Definition, { kind: 'dropIndex' }>,
): Promise<void> {
  for (const { name, table: tableName } of indexes) {
    const table = await tableTarget(context, tableName, 1088);
    const [row] = await indexRows(context, table, name);
    if (row === undefined) {
      if (ifExists) continue;
      throw new SqlError(
        3701,
        `Cannot drop the index '${table.place.name}.${name}', because it does not exist or you do not have permission.`,
        { level: 11, state: 7 },
      );
    }
    if (row.isKey) {
      throw new SqlError(
        3723,
        `An explicit DROP INDEX is not allowed on index '${table.place.name}.${name}'. It is being used for key constraint enforcement.`,
        { state: 4 },
      );
    }
    await dropIndexOf(context, table, row.id, row.name);
    await touched(context, table.id);
  }
}

async function indexRows(
  context: SessionContext,
  table: TableTarget,
  name: string | null,
): Promise<readonly IndexRow[]> {
  return context.query<IndexRow>(
    `SELECT id, name, type, constraint_id IS NOT NULL AS "isKey", is_unique AS unique, filter FROM ms.indexes
      WHERE object_id = $1 AND id > 0 AND ($3::text IS NULL OR key = ms.name_key($2, $3))`,
    [table.id, table.place.database.id, name],
  );
}

/** A table whose clustered index goes is a heap where the index was. Throws 3725 for a referenced key. */
export async function dropIndexOf(
  context: SessionContext,
  table: TableTarget,
  indexId: number,
  name: string,
): Promise<void> {
  const [user] = await context.query<{ name: string; table: string }>(
    `SELECT o.name, p.name AS table FROM ms.foreign_keys AS f JOIN ms.objects AS o ON o.id = f.id
       JOIN ms.objects AS p ON p.id = f.parent WHERE f.referenced = $1 AND f.index_id = $2`,
    [table.id, indexId],
  );
  if (user !== undefined) {
    throw new SqlError(
      3725,
      `The constraint '${name}' is being referenced by table '${user.table}', foreign key constraint '${user.name}'.`,
      { state: 0 },
    );
  }
  const space = await spaceOfTable(context, table.id);
  await dropBuilt(context, table, indexId);
  for (const from of ['ms.index_columns', 'ms.compression']) {
    await context.query(`DELETE FROM ${from} WHERE object_id = $1 AND index_id = $2`, [
      table.id,
      indexId,
    ]);
  }
  await context.query('DELETE FROM ms.indexes WHERE object_id = $1 AND id = $2', [
    table.id,
    indexId,
  ]);
  if (indexId === 1) await placeRows(context, table, 0, space);
}

async function dropBuilt(
  context: SessionContext,
  table: TableTarget,
  indexId: number,
): Promise<void> {
  const name = `i${String(table.id)}_${String(indexId)}`;
  const schema = table.pg.split('.')[0] ?? '';
  await context.query(`ALTER TABLE ${table.pg} DROP CONSTRAINT IF EXISTS ${name}`);
  await context.query(`DROP INDEX IF EXISTS ${schema}.${name}`);
  await context.query(`DROP INDEX IF EXISTS ${schema}.r${name.slice(1)}`);
}

/** REBUILD enables a disabled index again; REORGANIZE changes nothing that can be seen. */
export async function alterIndex(context: SessionContext, alter: AlterIndex): Promise<void> {
  const table = await tableTarget(context, alter.table, 1088);
  const rows = await indexRows(context, table, alter.name);
  if (rows.length === 0 && alter.name !== null) {
    throw new SqlError(2727, `Cannot find index '${alter.name}'.`, { level: 11 });
  }
  for (const row of rows) {
    if (alter.action === 'disable') await disable(context, table, row);
    if (alter.action === 'rebuild') await rebuild(context, table, row);
    await writeCompression(context, table.id, row.id, alter.options);
  }
  await touched(context, table.id);
}

async function disable(context: SessionContext, table: TableTarget, row: IndexRow): Promise<void> {
  await dropBuilt(context, table, row.id);
  await setDisabled(context, table, row.id, true);
}

async function rebuild(context: SessionContext, table: TableTarget, row: IndexRow): Promise<void> {
  const [state] = await context.query<{ disabled: boolean }>(
    'SELECT disabled FROM ms.indexes WHERE object_id = $1 AND id = $2',
    [table.id, row.id],
  );
  if (state?.disabled !== true) return;
  const keys = await context.query<{ columnId: number; descending: boolean }>(
    `SELECT column_id AS "columnId", descending FROM ms.index_columns
      WHERE object_id = $1 AND index_id = $2 AND key_ordinal > 0 ORDER BY key_ordinal`,
    [table.id, row.id],
  );
  const columns = keys.flatMap(({ columnId, descending }) => {
    const column = table.columns.find(({ id }) => id === columnId);
    return column === undefined ? [] : [{ column, descending }];
  });
  const where = row.filter === null ? null : parseCondition(row.filter);
  const shape = { name: row.name, unique: row.unique, where };
  if (row.type < 5) await buildIndex(context, table, shape, row.id, columns);
  await setDisabled(context, table, row.id, false);
}

async function setDisabled(
  context: SessionContext,
  table: TableTarget,
  indexId: number,
  disabled: boolean,
): Promise<void> {
  await context.query('UPDATE ms.indexes SET disabled = $3 WHERE object_id = $1 AND id = $2', [
    table.id,
    indexId,
    disabled,
  ]);
}
