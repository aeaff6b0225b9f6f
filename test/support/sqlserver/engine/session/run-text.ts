/**
 * What ends with a call and stays behind a batch (test/conformance/sqlserver/calls: "ends with its
 * #temp tables and settings; a batch does not", test/conformance/sqlserver/locks: "SET inside
 * sp_executesql ends with it").
 */
import { SqlError } from '../../backend.js';
import type { Statement } from '../../tsql/ast.js';
import type { SessionCore } from './core.js';
import { Runner } from './runner.js';
import { Scope } from './state.js';

/**
 * A batch (depth 0) or a call: its variables, its settings and its #temp tables end with it.
 * Answers with its scope, whose variables hold the output.
 */
export async function runText(
  text: string,
  declare: (scope: Scope) => void,
  core: SessionCore,
  depth: number,
  signal: AbortSignal,
): Promise<Scope> {
  const { state, context } = core;
  const scope = new Scope(depth);
  const options = { ...state.options };
  const outer = context.scope;
  // Even numbers for #temp tables, the odd ones above them for table variables.
  context.scope = 2 * depth;
  try {
    declare(scope);
    const statements = parsed(text, core);
    if (statements !== null) await new Runner(core, scope, signal).runAll(statements);
  } finally {
    context.scope = outer;
    if (depth > 0) state.options = options;
    // The #temp tables of a batch stay with the session.
    await core.dropTemporary(Math.max(1, 2 * depth));
  }
  return scope;
}

function parsed(text: string, core: SessionCore): readonly Statement[] | null {
  try {
    return core.engine.parse(text);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    core.sink?.error(error);
    return null;
  }
}
