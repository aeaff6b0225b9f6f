/**
 * CHECK and NOCHECK CONSTRAINT: on and off for checks and foreign keys. Needed by
 * test/conformance/sqlserver/definitions: "WITH CHECK CHECK CONSTRAINT looks at every row" and
 * test/conformance/sqlserver/definitions: "CHECK CONSTRAINT alone looks at rows to come".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { AlterTableAction } from '../../tsql/ast.js';
import { enforceCheck } from './add-check.js';
import type { TableTarget } from './add-column.js';
import { enforceForeignKey } from './add-foreign-key.js';

type Enforce = Extract<AlterTableAction, { kind: 'enforce' }>;

interface ConstraintRow {
  readonly id: number;
  readonly name: string;
  readonly type: 'C' | 'F';
  readonly pg: string | null;
}

/** Enabled without WITH CHECK a constraint stays untrusted: its rows were not looked at. */
export async function enforce(
  context: SessionContext,
  table: TableTarget,
  { on, withCheck, names }: Enforce,
): Promise<void> {
  const rows = await constraintRows(context, table, names);
  const proves = on && withCheck === true;
  for (const row of rows) {
    const own = row.type === 'C' ? 'k' : 'f';
    await context.query(
      `ALTER TABLE ${table.pg} DROP CONSTRAINT IF EXISTS ${own}${String(row.id)}`,
    );
    if (on && row.type === 'F') await enforceForeignKey(context, row.id, proves);
    if (on && row.pg !== null) {
      await enforceCheck(context, table, { ...row, pg: row.pg }, proves);
    }
    const rowsOf = row.type === 'C' ? 'ms.definitions' : 'ms.foreign_keys';
    await context.query(`UPDATE ${rowsOf} SET disabled = $2, not_trusted = $3 WHERE id = $1`, [
      row.id,
      !on,
      !proves,
    ]);
  }
  context.catalogChanged();
}

async function constraintRows(
  context: SessionContext,
  table: TableTarget,
  names: readonly string[] | null,
): Promise<readonly ConstraintRow[]> {
  const all = await context.query<ConstraintRow>(
    `SELECT o.id, o.name, o.type, d.pg FROM ms.objects AS o LEFT JOIN ms.definitions AS d ON d.id = o.id
      WHERE o.parent = $1 AND o.type IN ('C', 'F') ORDER BY o.id`,
    [table.id],
  );
  if (names === null) return all;
  return names.map((name) => {
    const found = all.find((row) => row.name.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    throw new SqlError(4917, `Constraint '${name}' does not exist.`, { state: 0 });
  });
}

/** A load that looked at no constraint leaves them untrusted. */
export async function distrust(context: SessionContext, tableId: number): Promise<void> {
  await context.query(
    `UPDATE ms.definitions SET not_trusted = true WHERE NOT not_trusted AND id IN
       (SELECT id FROM ms.objects WHERE parent = $1 AND type = 'C')`,
    [tableId],
  );
  await context.query(
    'UPDATE ms.foreign_keys SET not_trusted = true WHERE parent = $1 AND NOT not_trusted',
    [tableId],
  );
}
