/**
 * What @@… and the functions of a session answer (test/conformance/sqlserver/identity:
 * "SCOPE_IDENTITY is the last value of the batch", test/conformance/sqlserver/set-options:
 * "@@OPTIONS has a bit for each that is on", test/conformance/sqlserver/transactions: "is doomed in
 * CATCH").
 */
import { SqlError } from '../../backend.js';
import type { SessionCore } from './core.js';
import type { LastIdentity, Options, Scope } from './state.js';

/** Values of a plan's parameters: variables, @@… and what functions of the session tell. */
export async function parameterValues(
  keys: readonly string[],
  core: SessionCore,
  scope: Scope,
): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  for (const key of keys) values.push(await valueOf(key, core, scope));
  return values;
}

async function valueOf(key: string, core: SessionCore, scope: Scope): Promise<string | null> {
  const variable = scope.variables.get(key);
  if (variable !== undefined) return variable.value;
  if (key === 'scope_identity()') return lastIdentity(scope.identity, core);
  if (key === '@@identity') return lastIdentity(core.state.identity, core);
  return key.startsWith('error_') ? ofCaught(key, scope) : ofSession(key, core);
}

async function lastIdentity(last: LastIdentity | null, core: SessionCore): Promise<string | null> {
  if (last === null) return null;
  if ('value' in last) return last.value;
  const rows = await core.context.query<{ value: string }>('SELECT currval($1) AS value', [
    last.sequence,
  ]);
  return rows[0]?.value ?? null;
}

function ofSession(key: string, core: SessionCore): string | null {
  const { state, transaction } = core;
  switch (key) {
    case '@@rowcount':
      return String(state.rowCount);
    case '@@trancount':
      return String(transaction.count);
    case '@@spid':
      return String(state.spid);
    case '@@lock_timeout':
      return String(state.options.lockTimeout);
    case '@@options':
      return String(optionBits(state.options));
    case 'xact_state()':
      return transaction.doomed ? '-1' : transaction.count > 0 ? '1' : '0';
    case 'application':
      return state.application;
    default:
      throw new SqlError(137, `Must declare the scalar variable "${key}".`, {
        level: 15,
        state: 2,
      });
  }
}

function ofCaught(key: string, { caught }: Scope): string | null {
  if (caught === null) return null;
  return String(key === 'error_number()' ? caught.number : caught.level);
}

/** ANSI_WARNINGS 8, ANSI_PADDING 16, ANSI_NULL_DFLT_ON 1024 and CONCAT_NULL_YIELDS_NULL 4096 are on. */
function optionBits(options: Options): number {
  const bits: readonly (readonly [boolean, number])[] = [
    [options.ansiNulls, 32],
    [options.arithAbort, 64],
    [options.quotedIdentifier, 256],
    [options.noCount, 512],
    [options.xactAbort, 16_384],
  ];
  return bits.reduce((sum, [on, bit]) => (on ? sum + bit : sum), 8 + 16 + 1024 + 4096);
}
