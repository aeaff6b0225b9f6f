/**
 * Runs plans: parameters in, rows out, variables and @@ROWCOUNT set
 * (test/conformance/sqlserver/changes: "is that of the last statement",
 * test/conformance/sqlserver/calls: "SELECT assigns the last row",
 * test/conformance/sqlserver/identity: "goes on behind a greater value").
 */
import type { MsType, TdsValue } from '../../backend.js';
import type { Condition, Expression } from '../../tsql/ast.js';
import type { ColumnInfo } from '../catalog-seam.js';
import { decoder } from '../values/decode.js';
import type { SessionCore } from './core.js';
import { parameterValues } from './known-values.js';
import type { OnRow, PgStatement } from './pg-pipeline.js';
import type { Plan, Planned } from './plan.js';
import { planCondition, planExpression, planStatement, refuseSnapshot } from './plan.js';
import { refuseOnSecondary } from './secondary.js';
import type { Scope } from './state.js';
import { uncommittable } from './transaction.js';
import { refuseWrongOptions } from './wrong-options.js';

export async function runStatement(
  statement: Planned,
  core: SessionCore,
  scope: Scope,
): Promise<void> {
  const { state, engine, context, transaction } = core;
  const plan = await core.cached(statement, scope.signature, async () =>
    planStatement(statement, engine.catalog, context, scope, state.options),
  );
  if (statement.kind !== 'query') await refuseOnSecondary(statement.target, core);
  if (transaction.doomed && statement.kind !== 'query') throw uncommittable();
  if (transaction.isSnapshot) refuseSnapshot(plan);
  await refuseWrongOptions(statement.kind, plan, core);
  const { columns, assigned } = plan;
  const shown = columns !== null && assigned === null;
  if (shown) {
    core.sink?.columns(columns.map((column) => ({ ...column, name: column.name })));
  }
  let last: readonly (string | null)[] | undefined;
  const rows = await runPlan(
    plan,
    core,
    scope,
    shown ? sender(core, plan) : (row) => void (last = row),
  );
  if (assigned !== null && last !== undefined) {
    assigned.forEach((name, at) => {
      scope.set(name, last?.[at] ?? null);
    });
  }
  state.rowCount = rows;
  if (plan.identity !== null && rows > 0) await noteIdentity(plan.identity, core, scope);
  if (assigned === null) core.sink?.done(state.options.noCount ? null : rows);
}

function sender(core: SessionCore, { columns }: Plan): OnRow {
  const decoders = (columns ?? []).map(({ type }) => decoder(type));
  return (cells) => {
    const values: TdsValue[] = [];
    for (let at = 0; at < decoders.length; at += 1) {
      const cell = cells[at] ?? null;
      values.push(cell === null ? null : (decoders[at]?.(cell) ?? null));
    }
    return core.sink?.row(values);
  };
}

async function runPlan(plan: Plan, core: SessionCore, scope: Scope, onRow: OnRow): Promise<number> {
  const params = await parameterValues(plan.params, core, scope);
  const main: PgStatement = { text: plan.sql, params, name: plan.name };
  const locks = plan.locks.map((text) => ({ text, params: [] }));
  return core.transaction.run([...locks, main], locks.length, onRow);
}

/** The value of an expression, in `type` where one is wanted. */
export async function evaluate(
  expression: Expression,
  type: MsType | null,
  core: SessionCore,
  scope: Scope,
): Promise<{ type: MsType; value: string | null }> {
  const wanted =
    type === null ? '' : `${type.name} ${[type.length, type.precision, type.scale].join()}`;
  const plan = await core.cached(expression, `${scope.signature} ${wanted}`, async () =>
    planExpression(expression, type, core.engine.catalog, core.context, scope),
  );
  let value: string | null = null;
  await runPlan(plan, core, scope, (row) => {
    value = row[0] ?? null;
  });
  const own = plan.columns?.[0]?.type;
  if (own === undefined) throw new Error('an expression without a type');
  return { type: own, value };
}

export async function holds(
  condition: Condition,
  core: SessionCore,
  scope: Scope,
): Promise<boolean> {
  const plan = await core.cached(condition, scope.signature, async () =>
    planCondition(condition, core.engine.catalog, core.context, scope),
  );
  return (await runPlan(plan, core, scope, () => undefined)) > 0;
}

/** SCOPE_IDENTITY and @@IDENTITY; a value given by hand moves the counter up to it. */
async function noteIdentity(
  { table, explicit }: NonNullable<Plan['identity']>,
  core: SessionCore,
  scope: Scope,
): Promise<void> {
  const column = table.columns.find(({ identity }) => identity !== undefined);
  if (column?.identity === undefined) return;
  scope.identity = { sequence: column.identity.sequence };
  if (explicit) scope.identity = { value: await raiseIdentity(column, table.pg, core) };
  core.state.identity = scope.identity;
}

/** Answers with the value up to which the counter stands now. */
export async function raiseIdentity(
  column: ColumnInfo,
  relation: string,
  core: SessionCore,
): Promise<string> {
  const { sequence = '', increment = '1' } = column.identity ?? {};
  const edge = increment.startsWith('-') ? 'min' : 'max';
  const [row] = await core.context.query<{ value: string }>(
    `SELECT ss.raise_identity($1, $2, (SELECT ${edge}(${column.pg})::bigint FROM ${relation})) AS value`,
    [sequence, increment],
  );
  return row?.value ?? '0';
}
