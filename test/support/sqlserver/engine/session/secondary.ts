/**
 * 3906: in a database that is read-only, and on a readable secondary, nothing is written but #temp
 * tables and table variables (test/conformance/sqlserver/read-only: "refuses every change but of
 * #temp tables (3906)").
 */
import { SqlError } from '../../backend.js';
import type { Name, Statement, Target } from '../../tsql/ast.js';
import type { SessionCore } from './core.js';

export async function refuseOnSecondary(target: Target, core: SessionCore): Promise<void> {
  if (target.kind === 'tableVariable' || isTemporary(target.name)) return;
  await refuseChange(core);
}

function isTemporary(name: Name): boolean {
  return name.at(-1)?.startsWith('#') === true;
}

/** A database that is read-only takes the statement that ends it. */
export async function refuseDefinition(statement: Statement, core: SessionCore): Promise<void> {
  if (statement.kind === 'alterDatabase' && statement.action.kind === 'set') {
    if (statement.action.options.some(({ name }) => name === 'READ_WRITE')) return;
  }
  await refuseChange(core);
}

/** 3906 for what changes the database itself. */
export async function refuseChange(core: SessionCore): Promise<void> {
  if (!(await isReadOnly(core))) return;
  const message = `Failed to update database "${core.state.database.name}" because the database is read-only.`;
  throw new SqlError(3906, message, { level: 16 });
}

/** By session: the answer while nothing was defined. A write should not ask for it each time. */
const answers = new WeakMap<SessionCore, { readonly of: string; readonly readOnly: boolean }>();

async function isReadOnly(core: SessionCore): Promise<boolean> {
  const { state, engine, context } = core;
  const { id } = state.database;
  const of = `${String(engine.catalogVersion)} ${String(id)}`;
  const known = answers.get(core);
  // The switch that leads readers to a secondary is no definition.
  if (known?.of === of && !state.readOnlyIntent) return known.readOnly;
  const [row] = await context.query<{ readOnly: boolean }>(
    'SELECT d.read_only OR (d.routed AND $2) AS "readOnly" FROM ms.databases AS d WHERE d.id = $1',
    [id, state.readOnlyIntent],
  );
  const readOnly = row?.readOnly === true;
  answers.set(core, { of, readOnly });
  return readOnly;
}
