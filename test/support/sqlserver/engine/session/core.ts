/**
 * What the parts of a session share: its connection, transaction, state and the catalog; and how
 * long #temp tables live (test/conformance/sqlserver/calls: "ends with its #temp tables and
 * settings; a batch does not").
 */
import type { ResultSink } from '../../backend.js';
import type { Statement } from '../../tsql/ast.js';
import type { Engine } from '../engine.js';
import type { Context } from './context.js';
import type { Verb } from './errors.js';
import { asSqlError } from './errors.js';
import type { PgSession } from './pg-session.js';
import type { Plan } from './plan.js';
import type { SessionState } from './state.js';
import type { Transaction } from './transaction.js';

interface CachedPlan {
  readonly key: string;
  readonly plan: Plan;
}

export class SessionCore {
  /** Plans by the node that they print; a node is shared by all runs of the same text. */
  readonly #plans = new WeakMap<object, CachedPlan>();

  constructor(
    readonly engine: Engine,
    readonly pg: PgSession,
    readonly state: SessionState,
    readonly transaction: Transaction,
    readonly context: Context,
  ) {}

  /** Where results and messages go while a request runs. */
  sink: ResultSink | null = null;

  /** The plan of a node, printed anew when the catalog or the variables changed. */
  async cached(node: object, variables: string, make: () => Promise<Plan>): Promise<Plan> {
    const { database, options } = this.state;
    const insert = options.identityInsert?.objectId ?? 0;
    const version = this.engine.catalogVersion;
    const key = `${String(version)} ${String(database.id)} ${String(insert)} ${variables}`;
    const found = this.#plans.get(node);
    if (found?.key === key) return found.plan;
    const plan = await make();
    this.#plans.set(node, { key, plan });
    return plan;
  }

  #databaseAt = -1;

  /** What ALTER DATABASE changed is seen by the next request. */
  async refreshDatabase(): Promise<void> {
    const { catalog, catalogVersion } = this.engine;
    if (this.#databaseAt === catalogVersion) return;
    this.#databaseAt = catalogVersion;
    this.state.database = await catalog.database(this.context, this.state.database.name);
  }

  /** Numbers of the scopes in which a #temp table or a table variable was made. */
  readonly #temporary = new Set<number>();

  /** A #temp table belongs to the batch or call around it; a table variable is gone before. */
  async defineTemporary(kind: 'table' | 'variable', define: () => Promise<void>): Promise<void> {
    const { context } = this;
    const outer = context.scope;
    context.scope = kind === 'variable' ? outer + 1 : outer;
    this.#temporary.add(context.scope);
    try {
      await this.transaction.atomic(define);
    } finally {
      context.scope = outer;
    }
  }

  async dropTemporary(from: number): Promise<void> {
    const made = [...this.#temporary].filter((each) => each >= from);
    if (made.length === 0 || this.transaction.doomed) return;
    for (const each of made) this.#temporary.delete(each);
    const { catalog } = this.engine;
    await this.transaction.atomic(async () => catalog.dropTemporary(this.context, from));
  }

  async translated(error: unknown, statement: Pick<Statement, 'kind'> | null): Promise<unknown> {
    const { isSnapshot } = this.transaction;
    return asSqlError(error, verbOf(statement), isSnapshot, this.engine.catalog, this.context);
  }
}

function verbOf(statement: Pick<Statement, 'kind'> | null): Verb {
  switch (statement?.kind) {
    case 'update':
      return 'UPDATE';
    case 'delete':
      return 'DELETE';
    default:
      return 'INSERT';
  }
}
