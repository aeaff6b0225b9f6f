/**
 * EXEC of a procedure: the few of the engine, else the catalog's
 * (test/conformance/sqlserver/changes: "EXEC nothing_of_the_kind",
 * test/conformance/sqlserver/locks: "sp_getapplock answers 0 when granted").
 */
import { SqlError } from '../../backend.js';
import type { Argument, Execute } from '../../tsql/ast.js';
import type { ProcedureArgument, ResultColumn } from '../catalog-seam.js';
import { decode } from '../values/decode.js';
import { nvarchar } from '../types/ms-types.js';
import { getAppLock, releaseAppLock } from './app-locks.js';
import type { SessionCore } from './core.js';
import { evaluate } from './execute.js';
import { executeSql } from './execute-sql.js';
import { refuseChange } from './secondary.js';
import type { Scope } from './state.js';

type Own = (args: readonly ProcedureArgument[], core: SessionCore) => Promise<number>;

const OWN: Readonly<Record<string, Own>> = {
  sp_getapplock: getAppLock,
  sp_releaseapplock: releaseAppLock,
};

/** Procedures that write to the catalogue, of those that there are. */
const CHANGES = /^sp_(cdc_|addext|dropext|rename)/i;

export async function runProcedure(
  statement: Execute,
  core: SessionCore,
  scope: Scope,
  signal: AbortSignal,
): Promise<void> {
  const name = (statement.procedure.at(-1) ?? '').toLowerCase();
  if (name === 'sp_executesql') return executeSql(statement, core, scope, signal);
  const args: ProcedureArgument[] = [];
  for (const arg of statement.args) args.push(await evaluated(arg, core, scope));
  const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined;
  const status =
    own === undefined ? await runOfCatalog(statement, args, core, scope) : await own(args, core);
  if (statement.result !== null) scope.set(statement.result, String(status));
}

/** A bare word is a string; DEFAULT is an argument that is not there. */
async function evaluated(
  arg: Argument,
  core: SessionCore,
  scope: Scope,
): Promise<ProcedureArgument> {
  const { name, output } = arg;
  if (arg.value.kind === 'default') {
    return { name, type: nvarchar(1), text: null, output };
  }
  const { type, value } = await evaluate(arg.value, null, core, scope);
  return { name, type, text: value, output };
}

async function runOfCatalog(
  statement: Execute,
  args: readonly ProcedureArgument[],
  core: SessionCore,
  scope: Scope,
): Promise<number> {
  const { engine, context, transaction } = core;
  if (CHANGES.test(statement.procedure.at(-1) ?? '')) await refuseChange(core);
  const outputs = new Map<string, string>();
  for (const { name, value, output } of statement.args) {
    if (output && value.kind === 'variable') outputs.set((name ?? '').toLowerCase(), value.name);
  }
  const call = {
    args,
    result: async (sql: string, columns: readonly ResultColumn[]) => sendResult(sql, columns, core),
    setOutput: (name: string, value: string | null) => {
      const variable = outputs.get(name.toLowerCase());
      if (variable !== undefined) scope.set(variable, value);
    },
  };
  const known = await transaction.atomic(async () =>
    engine.catalog.procedure(context, statement.procedure, call),
  );
  if (known) return 0;
  throw new SqlError(2812, `Could not find stored procedure '${statement.procedure.join('.')}'.`, {
    state: 62,
  });
}

async function sendResult(
  sql: string,
  columns: readonly ResultColumn[],
  core: SessionCore,
): Promise<void> {
  core.sink?.columns(columns);
  let rows = 0;
  await core.pg.run([{ text: sql, params: [] }], 0, async (cells) => {
    rows += 1;
    await core.sink?.row(columns.map(({ type }, at) => decode(cells[at] ?? null, type)));
  });
  core.sink?.done(rows);
}
