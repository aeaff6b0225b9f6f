import { SqlError } from '../../backend.js';
import type { SessionCore } from './core.js';
import type { LastIdentity, Options, Scope } from './state.js';

const SERVER_VERSION =
  'Microsoft SQL Server 2022 (RTM) - 16.0.1000.6 (X64) stand-in, Developer Edition (64-bit)';

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
  return key.startsWith('error_') ? ofCaught(key, scope) : ofSession(key, core, scope);
}

async function lastIdentity(last: LastIdentity | null, core: SessionCore): Promise<string | null> {
  if (last === null) return null;
  if ('value' in last) return last.value;
  const rows = await core.context.query<{ value: string }>('SELECT currval($1) AS value', [
    last.sequence,
  ]);
  return rows[0]?.value ?? null;
}

function ofSession(key: string, core: SessionCore, scope: Scope): string | null {
  const { state, transaction } = core;
  switch (key) {
    case '@@rowcount':
      return String(state.rowCount);
    case '@@trancount':
      return String(transaction.count);
    case '@@spid':
      return String(state.spid);
    case '@@error':
      return String(state.lastError);
    case '@@lock_timeout':
      return String(state.options.lockTimeout);
    case '@@nestlevel':
      return String(scope.depth);
    case '@@servername':
      return core.engine.serverName;
    case '@@servicename':
      return 'MSSQLSERVER';
    case '@@version':
      return SERVER_VERSION;
    case '@@language':
      return 'us_english';
    case '@@options':
      return String(optionBits(state.options));
    case '@@microsoftversion':
      return '268436456';
    case 'xact_state()':
      return transaction.doomed ? '-1' : transaction.count > 0 ? '1' : '0';
    case 'login':
      return state.login;
    case 'application':
      return state.application;
    case 'host':
      return 'localhost';
    default:
      throw new SqlError(137, `Must declare the scalar variable "${key}".`, {
        level: 15,
        state: 2,
      });
  }
}

function ofCaught(key: string, { caught }: Scope): string | null {
  if (caught === null) return null;
  switch (key) {
    case 'error_number()':
      return String(caught.number);
    case 'error_severity()':
      return String(caught.level);
    case 'error_state()':
      return String(caught.state);
    case 'error_line()':
      return String(caught.line);
    default:
      return caught.message;
  }
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
