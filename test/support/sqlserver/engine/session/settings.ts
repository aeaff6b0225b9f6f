/**
 * SET (test/conformance/sqlserver/identity: "SET IDENTITY_INSERT kept ON; SET IDENTITY_INSERT
 * other_kept ON", test/conformance/sqlserver/locks: "LOCK_TIMEOUT 0 does not wait at all",
 * test/conformance/sqlserver/snapshot: "cannot be chosen inside a transaction (3951)").
 */
import { SqlError } from '../../backend.js';
import type { Name, SetStatement } from '../../tsql/ast.js';
import { notModelled } from '../not-modelled.js';
import { operator } from '../print/set.js';
import type { SessionCore } from './core.js';
import { evaluate } from './execute.js';
import type { Scope } from './state.js';

/**
 * Options of which only 1934 and @@OPTIONS know here: with QUOTED_IDENTIFIER OFF "a" is still a name,
 * with ANSI_NULLS OFF a comparison with NULL is still unknown.
 */
const SEEN = {
  QUOTED_IDENTIFIER: 'quotedIdentifier',
  ANSI_NULLS: 'ansiNulls',
  ARITHABORT: 'arithAbort',
} as const;

/** Options that change nothing here, with the value that the stand-in has anyway. */
const FIXED: Readonly<Record<string, boolean>> = {
  ANSI_PADDING: true,
  ANSI_WARNINGS: true,
  ANSI_NULL_DFLT_ON: true,
  ANSI_DEFAULTS: true,
  CONCAT_NULL_YIELDS_NULL: true,
  CURSOR_CLOSE_ON_COMMIT: false,
  IMPLICIT_TRANSACTIONS: false,
  NUMERIC_ROUNDABORT: false,
};
const IGNORED_VALUES = new Set([
  'TEXTSIZE',
  'DATEFIRST',
  'DATEFORMAT',
  'LANGUAGE',
  'DEADLOCK_PRIORITY',
  'CONTEXT_INFO',
]);

export async function runSetting(
  statement: SetStatement,
  core: SessionCore,
  scope: Scope,
): Promise<void> {
  switch (statement.kind) {
    case 'setVariable':
      return setVariable(statement, core, scope);
    case 'setOption':
      for (const option of statement.options) setOption(option, statement.on, core);
      return;
    case 'setValue':
      return setValue(statement, core, scope);
    case 'setIdentityInsert':
      return setIdentityInsert(statement.table, statement.on, core);
    case 'setIsolation':
      return setIsolation(statement.level, core);
  }
}

async function setVariable(
  { variable, op, value }: Extract<SetStatement, { kind: 'setVariable' }>,
  core: SessionCore,
  scope: Scope,
): Promise<void> {
  const type = scope.types.get(variable.toLowerCase());
  if (type === undefined) {
    throw new SqlError(137, `Must declare the scalar variable "${variable}".`, { level: 15 });
  }
  if (op === '=') {
    scope.set(variable, (await evaluate(value, type, core, scope)).value);
    return;
  }
  const left = { kind: 'variable', name: variable } as const;
  const sum = { kind: 'arithmetic', op: operator(op), left, right: value } as const;
  scope.set(variable, (await evaluate(sum, type, core, scope)).value);
}

function setOption(option: string, on: boolean, { state }: SessionCore): void {
  if (option === 'XACT_ABORT') state.options.xactAbort = on;
  else if (option === 'NOCOUNT') state.options.noCount = on;
  else if (option === 'NOEXEC') state.options.noExec = on;
  else if (isSeen(option)) state.options[SEEN[option]] = on;
  else if (FIXED[option] !== on) throw notModelled(`SET ${option} ${on ? 'ON' : 'OFF'}`);
}

function isSeen(option: string): option is keyof typeof SEEN {
  return option in SEEN;
}

async function setValue(
  { option, value }: Extract<SetStatement, { kind: 'setValue' }>,
  core: SessionCore,
  scope: Scope,
): Promise<void> {
  if (IGNORED_VALUES.has(option)) return;
  const { value: text } = await evaluate(value, null, core, scope);
  if (option === 'LOCK_TIMEOUT') core.state.options.lockTimeout = Number(text);
  else if (option !== 'ROWCOUNT' || text !== '0') throw notModelled(`SET ${option}`);
}

/** For one table of a session at a time (8107), and only where there is an identity (8106). */
async function setIdentityInsert(name: Name, on: boolean, core: SessionCore): Promise<void> {
  const { state, engine, context } = core;
  const table = await engine.catalog.table(context, name);
  if (table === undefined || !(await engine.catalog.mayAlter(context, table))) {
    throw new SqlError(
      1088,
      `Cannot find the object "${name.join('.')}" because it does not exist or you do not have permissions.`,
      { state: 11 },
    );
  }
  if (!table.columns.some(({ identity }) => identity !== undefined)) {
    throw new SqlError(
      8106,
      `Table '${name.join('.')}' does not have the identity property. Cannot perform SET operation.`,
    );
  }
  const { identityInsert } = state.options;
  if (!on) {
    if (identityInsert?.objectId === table.objectId) state.options.identityInsert = null;
    return;
  }
  if (identityInsert !== null && identityInsert.objectId !== table.objectId) {
    throw new SqlError(
      8107,
      `IDENTITY_INSERT is already ON for table '${identityInsert.name}'. Cannot perform SET operation for table '${name.join('.')}'.`,
    );
  }
  const whole = `${table.database.name}.${table.schema}.${table.name}`;
  state.options.identityInsert = { objectId: table.objectId, name: whole };
}

function setIsolation(
  level: Extract<SetStatement, { kind: 'setIsolation' }>['level'],
  { state, transaction }: SessionCore,
): void {
  switch (level) {
    case 'read uncommitted':
    case 'read committed':
      state.options.isolation = 'read committed';
      return;
    case 'snapshot':
      if (transaction.count > 0 && !transaction.isSnapshot) {
        throw new SqlError(
          3951,
          `Transaction failed in database '${state.database.name}' because the statement was run under snapshot isolation but the transaction did not start in snapshot isolation. You cannot change the isolation level of the transaction to snapshot after the transaction has started unless the transaction was originally started under snapshot isolation level.`,
        );
      }
      state.options.isolation = 'snapshot';
      return;
    default:
      throw notModelled(`isolation level ${level}`);
  }
}
