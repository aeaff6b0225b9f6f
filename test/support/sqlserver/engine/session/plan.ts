/**
 * A statement ready to run: PostgreSQL's text with where its parameters come from; a snapshot that
 * the database does not allow is refused (test/conformance/sqlserver/snapshot: "is refused at the
 * first table").
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { Condition, Expression, Statement } from '../../tsql/ast.js';
import type { Catalog, SessionContext, TableInfo } from '../catalog-seam.js';
import { printChange } from '../print/change.js';
import { printCondition } from '../print/condition.js';
import type { PrintContext, StatementPrint, Use } from '../print/context.js';
import { CAST, convert } from '../print/convert.js';
import { printExpression } from '../print/expression.js';
import { printInsert } from '../print/insert.js';
import type { QueryColumn } from '../print/query.js';
import { printQuery } from '../print/query.js';
import { resolveNames } from './names.js';
import type { Options, Scope } from './state.js';

export interface Plan {
  readonly sql: string;
  readonly params: readonly string[];
  readonly columns: readonly QueryColumn[] | null;
  readonly assigned: readonly string[] | null;
  readonly locks: readonly string[];
  readonly uses: readonly Use[];
  /** The table of an INSERT that has an identity column. */
  readonly identity: { readonly table: TableInfo; readonly explicit: boolean } | null;
  readonly name: string;
}

export type Planned = Extract<Statement, { kind: 'query' | 'insert' | 'update' | 'delete' }>;

type Printed = Pick<Plan, 'sql' | 'columns' | 'assigned'>;

let plans = 0;

async function plan(
  node: unknown,
  catalog: Catalog,
  context: SessionContext,
  scope: Scope,
  print: (context: PrintContext) => Printed,
): Promise<Plan> {
  const { print: statement } = await resolveNames(node, catalog, context, scope.types);
  const printed = print({ statement, scope: null, ctes: new Map(), top: true });
  plans += 1;
  return { ...printed, ...used(statement), identity: null, name: `p${String(plans)}` };
}

function used(statement: StatementPrint): Pick<Plan, 'params' | 'locks' | 'uses'> {
  return { params: statement.params, locks: [...statement.locks], uses: statement.uses };
}

export async function planStatement(
  statement: Planned,
  catalog: Catalog,
  context: SessionContext,
  scope: Scope,
  options: Options,
): Promise<Plan> {
  const keepsIdentity = options.identityInsert?.objectId ?? null;
  const made = await plan(statement, catalog, context, scope, (to) => {
    switch (statement.kind) {
      case 'query':
        return printQuery(statement.query, to);
      case 'insert':
        return printInsert(statement, to, keepsIdentity);
      case 'update':
      case 'delete':
        return printChange(statement, to);
    }
  });
  for (const use of made.uses) await catalog.permit(context, use.right, use.table, use.columns);
  if (statement.kind !== 'insert') return made;
  const target = made.uses.find(({ right }) => right === 'INSERT')?.table;
  const hasIdentity = target?.columns.some(({ identity }) => identity !== undefined) === true;
  if (target === undefined || !hasIdentity) return made;
  return { ...made, identity: { table: target, explicit: keepsIdentity === target.objectId } };
}

/** One row, one column: the value in the type wanted, or in its own. */
export async function planExpression(
  expression: Expression,
  type: MsType | null,
  catalog: Catalog,
  context: SessionContext,
  scope: Scope,
): Promise<Plan> {
  return plan(expression, catalog, context, scope, (to) => {
    const own = printExpression(expression, { ...to, top: false });
    const value = type === null ? convert(own, own.type, CAST) : convert(own, type, CAST);
    return {
      sql: `SELECT ${value.sql}`,
      columns: [{ name: '', type: value.type, nullable: value.nullable }],
      assigned: null,
    };
  });
}

export async function planCondition(
  condition: Condition,
  catalog: Catalog,
  context: SessionContext,
  scope: Scope,
): Promise<Plan> {
  return plan(condition, catalog, context, scope, (to) => ({
    sql: `SELECT 1 WHERE ${printCondition(condition, { ...to, top: false })}`,
    columns: null,
    assigned: null,
  }));
}

/** 3952 as soon as a table of such a database is read. */
export function refuseSnapshot({ uses }: Plan): void {
  for (const { table } of uses) {
    if (table.kind === 'table' && !table.name.startsWith('#') && !table.database.snapshotAllowed) {
      throw new SqlError(
        3952,
        `Snapshot isolation transaction failed accessing database '${table.database.name}' because snapshot isolation is not allowed in this database. Use ALTER DATABASE to allow snapshot isolation.`,
      );
    }
  }
}
