import { SqlError } from '../../backend.js';
import type { Name, Target } from '../../tsql/ast.js';
import type { SessionCore } from './core.js';

/** 3906: on a readable secondary nothing is written but #temp tables and table variables. */
export async function refuseOnSecondary(target: Target, core: SessionCore): Promise<void> {
  if (target.kind === 'tableVariable' || isTemporary(target.name)) return;
  await refuseChange(core);
}

function isTemporary(name: Name): boolean {
  return name.at(-1)?.startsWith('#') === true;
}

/** 3906 for what changes the database itself. */
export async function refuseChange({ state, context }: SessionCore): Promise<void> {
  if (!state.readOnlyIntent) return;
  const { id, name } = state.database;
  const sql = 'SELECT d.id FROM ms.databases AS d WHERE d.id = $1 AND d.routed';
  if ((await context.query(sql, [id])).length === 0) return;
  const message = `Failed to update database "${name}" because the database is read-only.`;
  throw new SqlError(3906, message, { level: 16 });
}
