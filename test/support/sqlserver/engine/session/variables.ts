/**
 * DECLARE, PRINT, THROW and RAISERROR (test/conformance/sqlserver/strings: "to a variable cuts it
 * in silence", test/conformance/sqlserver/transactions: "THROW ends the batch, RAISERROR of level
 * 16 does not").
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { Control, VariableDeclaration } from '../../tsql/ast.js';
import { notModelled } from '../not-modelled.js';
import { INT, nvarchar } from '../types/ms-types.js';
import { unescapeText } from '../values/escape.js';
import type { SessionCore } from './core.js';
import { evaluate } from './execute.js';
import type { Scope } from './state.js';

export async function declareVariables(
  variables: readonly VariableDeclaration[],
  core: SessionCore,
  scope: Scope,
): Promise<void> {
  for (const { name, type: written, value } of variables) {
    const type = await core.context.type(written);
    scope.declare(name, type, null);
    if (value !== null) scope.set(name, (await evaluate(value, type, core, scope)).value);
  }
}

export function show({ value }: { type: MsType; value: string | null }, core: SessionCore): void {
  core.sink?.info(new SqlError(0, unescapeText(value ?? ''), { level: 0 }));
}

/** Without an error of its own, THROW passes on what CATCH has. */
export async function throwError(
  { error }: Extract<Control, { kind: 'throw' }>,
  core: SessionCore,
  scope: Scope,
): Promise<never> {
  if (error === null) {
    if (scope.caught !== null) throw scope.caught;
    throw new SqlError(
      10704,
      'To rethrow an error, a THROW statement must be used inside a CATCH block. Insert the THROW statement inside a CATCH block, or add error parameters to the THROW statement.',
      { level: 15 },
    );
  }
  const number = await evaluate(error.number, INT, core, scope);
  const state = await evaluate(error.state, INT, core, scope);
  const message = await evaluate(error.message, nvarchar(2048), core, scope);
  throw new SqlError(Number(number.value), unescapeText(message.value ?? ''), {
    state: Number(state.value),
  });
}

export async function raise(
  statement: Extract<Control, { kind: 'raiserror' }>,
  core: SessionCore,
  scope: Scope,
): Promise<void> {
  if (statement.options.some((option) => option !== 'NOWAIT'))
    throw notModelled('RAISERROR … WITH');
  const message = await evaluate(statement.message, nvarchar(2048), core, scope);
  const severity = Number((await evaluate(statement.severity, INT, core, scope)).value);
  const state = Number((await evaluate(statement.state, INT, core, scope)).value);
  let text = unescapeText(message.value ?? '');
  for (const arg of statement.args) {
    const { value } = await evaluate(arg, nvarchar(4000), core, scope);
    text = text.replace(/%[sdiu]/, () => value ?? '(null)');
  }
  const error = new SqlError(50_000, text, { level: severity, state });
  if (severity > 10) throw error;
  core.sink?.info(error);
}
