/**
 * SELECT … INTO: a table of the result's columns, then its rows (test/conformance/sqlserver/calls:
 * "SELECT INTO makes a table of the result").
 */
import { SqlError } from '../../backend.js';
import type { ColumnDefinition, Located, Name, Query, QueryBody } from '../../tsql/ast.js';
import type { QueryColumn } from '../print/query.js';
import { writtenType } from '../types/written-type.js';
import type { SessionCore } from './core.js';
import { runStatement } from './execute.js';
import { planStatement } from './plan.js';
import type { Scope } from './state.js';

/** The table to make, and the query without it; in a UNION the first SELECT names it. */
export function targetOf(query: Query): { readonly plain: Query; readonly into: Name } | null {
  const found = taken(query.body);
  return found === null ? null : { plain: { ...query, body: found.body }, into: found.into };
}

function taken(body: QueryBody): { readonly body: QueryBody; readonly into: Name } | null {
  if (body.kind === 'select') {
    return body.into === null ? null : { body: { ...body, into: null }, into: body.into };
  }
  const left = taken(body.left);
  return left === null ? null : { body: { ...body, left: left.body }, into: left.into };
}

export async function selectInto(
  { plain, into }: NonNullable<ReturnType<typeof targetOf>>,
  place: Located,
  core: SessionCore,
  scope: Scope,
): Promise<void> {
  const { engine, context, state, transaction } = core;
  const { start, end, line } = place;
  const at = { start, end, line };
  const statement = { kind: 'query', query: plain, ...at } as const;
  const { columns } = await planStatement(statement, engine.catalog, context, scope, state.options);
  const elements = (columns ?? []).map(definition);
  const table = { kind: 'createTable', name: into, elements, on: null } as const;
  const define = async () =>
    engine.catalog.define(context, { ...table, textImageOn: null, options: [], ...at });
  if (into.at(-1)?.startsWith('#') === true) await core.defineTemporary('table', define);
  else await transaction.atomic(define);
  const made = await engine.catalog.table(context, into);
  const before = state.options.identityInsert;
  if (made !== undefined && elements.some(({ identity }) => identity !== null)) {
    state.options.identityInsert = { objectId: made.objectId, name: made.name };
  }
  try {
    const insert = {
      kind: 'insert',
      with: [],
      top: null,
      target: { kind: 'table', name: into, hints: [] },
      columns: elements.map(({ name }) => name),
      outputs: [],
      source: { kind: 'query', query: plain },
      ...at,
    } as const;
    await runStatement(insert, core, scope);
  } finally {
    state.options.identityInsert = before;
  }
}

function definition({ name, type, nullable, identity }: QueryColumn, at: number): ColumnDefinition {
  if (name === '') {
    throw new SqlError(
      1038,
      `An object or column name is missing or empty. For SELECT INTO statements, verify each column has a name (column ${String(at + 1)}).`,
      { level: 15, state: 5 },
    );
  }
  // A rowversion that is copied becomes bytes.
  const own = type.name === 'timestamp' ? { ...type, name: 'binary' as const } : type;
  return {
    kind: 'column',
    name,
    type: writtenType(own),
    computed: null,
    collation: type.collation,
    nullable: nullable && identity !== true,
    identity: identity === true ? { seed: '1', increment: '1', notForReplication: false } : null,
    sparse: false,
    rowGuidCol: false,
    masked: null,
    marks: {},
    constraints: [],
  };
}
