/**
 * sp_executesql called from T-SQL: a text with parameters, in a scope of its own
 * (test/conformance/sqlserver/calls: "from T-SQL gives values back through OUTPUT",
 * test/conformance/sqlserver/locks: "SET inside sp_executesql ends with it").
 */
import { SqlError } from '../../backend.js';
import type { Argument, Execute, VariableDeclaration } from '../../tsql/ast.js';
import { nvarchar } from '../types/ms-types.js';
import { unescapeText } from '../values/escape.js';
import type { SessionCore } from './core.js';
import { evaluate } from './execute.js';
import { runText } from './run-text.js';
import type { Scope } from './state.js';

export async function executeSql(
  { args }: Execute,
  core: SessionCore,
  scope: Scope,
  signal: AbortSignal,
): Promise<void> {
  const [text, declaration, ...rest] = args;
  if (text === undefined)
    throw new SqlError(
      214,
      "Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'.",
    );
  const statement = await textOf(text, core, scope);
  const declared =
    declaration === undefined ? [] : parameters(await textOf(declaration, core, scope), core);
  const given: {
    name: string;
    type: Awaited<ReturnType<typeof core.context.type>>;
    value: string | null;
    from: Argument | undefined;
  }[] = [];
  for (const [at, each] of declared.entries()) {
    const type = await core.context.type(each.type);
    const from =
      rest.find(({ name }) => name?.toLowerCase() === each.name.toLowerCase()) ??
      (rest[at]?.name === null ? rest[at] : undefined);
    const value = from === undefined ? null : (await evaluate(from.value, type, core, scope)).value;
    given.push({ name: each.name, type, value, from });
  }
  const inner = await runText(
    statement,
    (to) => {
      for (const { name, type, value } of given) to.declare(name, type, value);
    },
    core,
    scope.depth + 1,
    signal,
  );
  for (const { name, from } of given) {
    if (from?.output !== true || from.value.kind !== 'variable') continue;
    scope.set(from.value.name, inner.variables.get(name.toLowerCase())?.value ?? null);
  }
}

async function textOf(arg: Argument, core: SessionCore, scope: Scope): Promise<string> {
  const { value } = await evaluate(arg.value, nvarchar('max'), core, scope);
  return unescapeText(value ?? '');
}

/** `@a int, @b nvarchar(10) OUTPUT` reads as a DECLARE without the word behind. */
function parameters(text: string, core: SessionCore): readonly VariableDeclaration[] {
  if (text.trim() === '') return [];
  const bare = text.replaceAll(/\s+(OUTPUT|OUT)\s*(?=,|$)/gi, ' ');
  const [statement] = core.engine.parse(`DECLARE ${bare}`);
  return statement?.kind === 'declare' ? statement.variables : [];
}
