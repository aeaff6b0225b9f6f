/**
 * EXEC, USE, DBCC and everything that the catalog defines (test/conformance/sqlserver/changes: "USE
 * nothing_of_the_kind", test/conformance/sqlserver/calls: "a table variable lives as long as its
 * batch", test/conformance/sqlserver/transactions: "rolls back definitions too").
 */
import { SqlError } from '../../backend.js';
import type { Statement } from '../../tsql/ast.js';
import type { SessionCore } from './core.js';
import { runDbcc } from './dbcc.js';
import { runProcedure } from './procedures.js';
import { runText } from './run-text.js';
import { evaluate } from './execute.js';
import { refuseDefinition } from './secondary.js';
import type { Scope } from './state.js';
import { nvarchar } from '../types/ms-types.js';
import { unescapeText } from '../values/escape.js';

export async function runCommand(
  statement: Statement,
  core: SessionCore,
  scope: Scope,
  signal: AbortSignal,
): Promise<void> {
  const { engine, context, transaction } = core;
  switch (statement.kind) {
    case 'execute':
      return runProcedure(statement, core, scope, signal);
    case 'executeText': {
      const { value } = await evaluate(statement.text, nvarchar('max'), core, scope);
      await runText(unescapeText(value ?? ''), () => undefined, core, scope.depth + 1, signal);
      return;
    }
    case 'use':
      context.changeDatabase(await engine.catalog.database(context, statement.database));
      return;
    case 'dbcc':
      return runDbcc(statement, core);
    case 'checkpoint':
      return;
    case 'kill':
      if (statement.spid === context.spid) {
        throw new SqlError(6104, 'Cannot use KILL to kill your own process.');
      }
      if (!(await engine.catalog.mayOnServer(context, 'ALTER ANY CONNECTION'))) {
        throw new SqlError(6102, 'User does not have permission to use the KILL statement.', {
          level: 14,
        });
      }
      return engine.kill(statement.spid);
    case 'insertBulk':
      throw new SqlError(
        4002,
        'The incoming tabular data stream (TDS) protocol stream is incorrect.',
      );
    case 'declareTable': {
      // A table variable is a table of its scope whose name begins with @.
      const { start, end, line, elements, name } = statement;
      const table = { kind: 'createTable', name: [name], elements, on: null } as const;
      const made = { ...table, textImageOn: null, options: [], start, end, line };
      return core.defineTemporary('variable', async () => engine.catalog.define(context, made));
    }
    case 'createTable':
      if (statement.name.at(-1)?.startsWith('#') !== true) break;
      return core.defineTemporary('table', async () => engine.catalog.define(context, statement));
    default:
      break;
  }
  await refuseDefinition(statement, core);
  await transaction.atomic(async () => engine.catalog.define(context, statement));
}
