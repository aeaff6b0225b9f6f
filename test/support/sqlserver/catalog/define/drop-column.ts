/**
 * ALTER TABLE … DROP of columns and constraints. Needed by test/conformance/sqlserver/definitions:
 * "DROP COLUMN is refused while a default or an index needs the column".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { DropItem } from '../../tsql/ast.js';
import type { TableTarget } from './add-column.js';
import { setDefault } from './add-column.js';
import { dropIndexOf } from './drop-index.js';

/** ALTER TABLE … DROP. */
export async function dropItems(
  context: SessionContext,
  table: TableTarget,
  items: readonly DropItem[],
): Promise<void> {
  for (const item of items) {
    if (item.kind === 'column') await dropColumn(context, table, item);
    else await dropConstraint(context, table, item);
  }
  context.catalogChanged();
}

async function dropColumn(
  context: SessionContext,
  table: TableTarget,
  { name, ifExists }: DropItem,
): Promise<void> {
  const column = table.columns.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (column === undefined) {
    if (ifExists) return;
    throw new SqlError(
      4924,
      `ALTER TABLE DROP COLUMN failed because column '${name}' does not exist in table '${table.place.name}'.`,
    );
  }
  await refuseUsed(context, table, column.id, name);
  await context.query(`ALTER TABLE ${table.pg} DROP COLUMN ${column.pg} CASCADE`);
  await context.query('DELETE FROM ms.columns WHERE object_id = $1 AND id = $2', [
    table.id,
    column.id,
  ]);
  table.columns.splice(table.columns.indexOf(column), 1);
}

/** Indexes and constraints hold on to their columns; computed columns and checks by their text. */
async function refuseUsed(
  context: SessionContext,
  table: TableTarget,
  columnId: number,
  name: string,
): Promise<void> {
  const users = await context.query<{ kind: string; name: string }>(
    `SELECT 'index' AS kind, i.name FROM ms.index_columns AS x
       JOIN ms.indexes AS i ON i.object_id = x.object_id AND i.id = x.index_id
      WHERE x.object_id = $1 AND x.column_id = $2 AND i.id > 0
     UNION ALL
     SELECT 'object', o.name FROM ms.objects AS o
       LEFT JOIN ms.definitions AS d ON d.id = o.id
       LEFT JOIN ms.foreign_key_columns AS f ON f.id = o.id
      WHERE o.parent = $1 AND (f.parent_column = $2 OR (o.type = 'D' AND d.column_id = $2)
        OR (o.type = 'C' AND (d.column_id = $2 OR strpos(lower(d.definition), lower($3)) > 0)))
     UNION ALL
     SELECT 'column', c.name FROM ms.columns AS c
      WHERE c.object_id = $1 AND c.id <> $2 AND strpos(lower(c.computed), lower($3)) > 0`,
    [table.id, columnId, `[${name.replaceAll(']', ']]')}]`],
  );
  const [first] = users;
  if (first === undefined) return;
  context.info(
    new SqlError(5074, `The ${first.kind} '${first.name}' is dependent on column '${name}'.`, {
      level: 10,
    }),
  );
  throw new SqlError(
    4922,
    `ALTER TABLE DROP COLUMN ${name} failed because one or more objects access this column.`,
    { state: 9 },
  );
}

interface ConstraintRow {
  readonly id: number;
  readonly type: string;
  readonly column: number | null;
  readonly index: number | null;
}

async function dropConstraint(
  context: SessionContext,
  table: TableTarget,
  { name, ifExists }: DropItem,
): Promise<void> {
  const [row] = await context.query<ConstraintRow>(
    `SELECT o.id, o.type, d.column_id AS column, i.id AS index FROM ms.objects AS o
       LEFT JOIN ms.definitions AS d ON d.id = o.id
       LEFT JOIN ms.indexes AS i ON i.constraint_id = o.id
      WHERE o.parent = $1 AND o.key = ms.name_key($2, $3) AND o.type <> 'TR'`,
    [table.id, table.place.database.id, name],
  );
  if (row === undefined) {
    if (ifExists) return;
    throw new SqlError(3728, `'${name}' is not a constraint.`);
  }
  await dropConstraintRow(context, table, row, name);
}

async function dropConstraintRow(
  context: SessionContext,
  table: TableTarget,
  { id, type, column, index }: ConstraintRow,
  name: string,
): Promise<void> {
  switch (type) {
    case 'D':
      await context.query(
        'UPDATE ms.columns SET default_id = 0, default_sql = NULL WHERE object_id = $1 AND id = $2',
        [table.id, column],
      );
      await setDefault(context, table.pg, `c${String(column ?? 0)}`, null);
      break;
    case 'C':
      await context.query(`ALTER TABLE ${table.pg} DROP CONSTRAINT IF EXISTS k${String(id)}`);
      break;
    case 'F':
      await context.query(`ALTER TABLE ${table.pg} DROP CONSTRAINT IF EXISTS f${String(id)}`);
      break;
    default:
      await dropIndexOf(context, table, index ?? 0, name);
  }
  await forgetConstraint(context, id);
}

export async function forgetConstraint(context: SessionContext, id: number): Promise<void> {
  for (const from of ['definitions', 'foreign_keys', 'foreign_key_columns', 'objects']) {
    await context.query(`DELETE FROM ms.${from} WHERE id = $1`, [id]);
  }
  await context.query('DELETE FROM ms.dependencies WHERE referencing = $1', [id]);
}
