/**
 * A CHECK and the rows that it looks at. Needed by test/conformance/sqlserver/changes: "a foreign
 * key and a check fail with 547" and test/conformance/sqlserver/partitions: "is refused without a
 * CHECK that proves the range".
 */
import pg from 'pg';
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { TableConstraint } from '../../tsql/ast.js';
import { conditionText } from '../definition-text.js';
import type { TableTarget } from './add-column.js';
import { constraintObject } from './constraint-object.js';
import type { Adding } from './constraint-object.js';
import { columnOf } from './add-index.js';
import { expressionDependencies } from './dependencies.js';

type Check = Extract<TableConstraint, { kind: 'check' }>;

/** PostgreSQL's constraint k<object id>; it looks away during an unchecked load. */
export async function addCheck(
  context: SessionContext,
  table: TableTarget,
  check: Check,
  { check: proves }: Adding,
): Promise<void> {
  const { id, name } = await constraintObject(context, table, check.name, 'C', check.column ?? '');
  const condition = await context.printCondition(check.condition, table.columns);
  const definition = conditionText(check.condition);
  const columnId = check.column === null ? 0 : columnOf(table, check.column).id;
  await context.query(
    `INSERT INTO ms.definitions (id, column_id, definition, pg, not_trusted, not_for_replication)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, columnId, definition, condition, !proves, check.notForReplication],
  );
  await expressionDependencies(context, id, definition);
  await enforceCheck(context, table, { id, name, pg: condition }, proves);
}

/** Also when a disabled one is enabled again. Throws 547 for a row that breaks it. */
export async function enforceCheck(
  context: SessionContext,
  table: Pick<TableTarget, 'pg' | 'place'>,
  check: { readonly id: number; readonly name: string; readonly pg: string },
  proves: boolean,
): Promise<void> {
  const constraint = `k${String(check.id)}`;
  const sql = `ALTER TABLE ${table.pg} ADD CONSTRAINT ${constraint} CHECK (ss.unchecked() OR (${check.pg}))`;
  try {
    await context.query(proves ? sql : `${sql} NOT VALID`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '23514') throw error;
    const { database, schema, name } = table.place;
    throw new SqlError(
      547,
      `The ALTER TABLE statement conflicted with the CHECK constraint "${check.name}". The conflict occurred in database "${database.name}", table "${schema}.${name}".`,
      { state: 0 },
    );
  }
}
