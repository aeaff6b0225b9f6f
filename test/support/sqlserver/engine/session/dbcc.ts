/**
 * DBCC CHECKIDENT, and those that only tidy up (test/conformance/sqlserver/identity: "CHECKIDENT
 * RESEED goes on from a value", test/conformance/sqlserver/identity: "CHECKIDENT RESEED before the
 * first row", test/conformance/sqlserver/identity: "CHECKIDENT RESEED without a value").
 */
import { SqlError } from '../../backend.js';
import type { Command, Expression } from '../../tsql/ast.js';
import { notModelled } from '../not-modelled.js';
import type { SessionCore } from './core.js';
import { raiseIdentity } from './execute.js';

type Dbcc = Extract<Command, { kind: 'dbcc' }>;

/** DBCC CHECKIDENT, and those that only tidy up. */
export async function runDbcc(statement: Dbcc, core: SessionCore): Promise<void> {
  switch (statement.command) {
    case 'CHECKIDENT':
      return checkIdentity(statement, core);
    case 'DROPCLEANBUFFERS':
    case 'FREEPROCCACHE':
      return;
    default:
      throw notModelled(`DBCC ${statement.command}`);
  }
}

async function checkIdentity({ args }: Dbcc, core: SessionCore): Promise<void> {
  const name = nameOf(args[0]);
  const [statement] = core.engine.parse(`SELECT 1 FROM ${name}`);
  const from =
    statement?.kind === 'query' && statement.query.body.kind === 'select'
      ? statement.query.body.from[0]
      : undefined;
  const table =
    from?.kind === 'table' ? await core.engine.catalog.table(core.context, from.name) : undefined;
  if (table === undefined) {
    throw new SqlError(
      2501,
      `Cannot find a table or object with the name "${name}". Check the system catalog.`,
      { state: 45 },
    );
  }
  if (!(await core.engine.catalog.mayReseed(core.context, table))) {
    throw new SqlError(
      2557,
      `User '${core.context.login}' does not have permission to run DBCC checkident for object '${table.name}'.`,
      { level: 14, state: 5 },
    );
  }
  const column = table.columns.find(({ identity }) => identity !== undefined);
  if (column?.identity === undefined) {
    throw new SqlError(7997, `'${name}' does not contain an identity column.`);
  }
  const action = word(args[1]);
  if (action === 'NORESEED') return;
  await core.transaction.atomic(async () => {
    const value = args[2];
    if (value === undefined) await raiseIdentity(column, table.pg, core);
    else await reseed(column.identity?.sequence ?? '', table.pg, numberOf(value), core);
  });
  core.sink?.info(
    new SqlError(7998, `Checking identity information: current identity value of '${name}'.`, {
      level: 0,
    }),
  );
}

/** A table that never had a row begins with the value itself, any other behind it. */
async function reseed(
  sequence: string,
  relation: string,
  value: string,
  core: SessionCore,
): Promise<void> {
  await core.context.query(
    `SELECT setval('${sequence}', $1::bigint,
       (SELECT is_called FROM ${sequence}) OR EXISTS (SELECT FROM ${relation}))`,
    [value],
  );
}

function nameOf(expression: Expression | undefined): string {
  if (expression?.kind === 'string') return expression.value;
  if (expression?.kind === 'column')
    return expression.name.map((part) => `[${part.replaceAll(']', ']]')}]`).join('.');
  throw notModelled('DBCC CHECKIDENT without a name');
}

function word(expression: Expression | undefined): string {
  return expression?.kind === 'column' ? (expression.name[0] ?? '').toUpperCase() : '';
}

function numberOf(expression: Expression): string {
  if (expression.kind === 'number') return expression.text;
  if (expression.kind === 'unary' && expression.operand.kind === 'number') {
    return `${expression.op}${expression.operand.text}`;
  }
  throw notModelled('DBCC CHECKIDENT with a value that is not a constant');
}
