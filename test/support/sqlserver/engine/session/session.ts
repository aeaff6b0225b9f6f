/**
 * One session: its requests, and what a reset leaves of it (test/conformance/sqlserver/reset:
 * "leaves no #temp table and no setting", test/conformance/sqlserver/reset: "has the level that the
 * driver asks for anew", test/conformance/sqlserver/calls: "takes parameters of every kind").
 */
import type {
  BulkMeta,
  MsType,
  ResultSink,
  RpcParam,
  RunRequest,
  Session,
  TdsValue,
} from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { Engine } from '../engine.js';
import { family } from '../types/families.js';
import { decode } from '../values/decode.js';
import { encode } from '../values/encode.js';
import { bulkLoad } from './bulk.js';
import { Context } from './context.js';
import { SessionCore } from './core.js';
import { Cancelled } from './errors.js';
import type { PgSession } from './pg-session.js';
import { runText } from './run-text.js';
import type { Scope, SessionState } from './state.js';
import { defaultOptions } from './state.js';
import { Transaction } from './transaction.js';

const SNAPSHOT = 5;

export class EngineSession implements Session {
  readonly #core: SessionCore;
  readonly #home: SessionState['database'];

  constructor(
    private readonly engine: Engine,
    pg: PgSession,
    state: SessionState,
  ) {
    const context = new Context(engine, pg, state);
    const transaction = new Transaction(pg, state, {
      changed: (change) => this.#core.sink?.transaction(change),
      ended: (definitions) => {
        if (definitions) engine.catalogChanged();
      },
    });
    context.onDefinition = () => {
      transaction.defines = true;
      engine.catalogChanged();
    };
    context.onInfo = (message) => this.#core.sink?.info(message);
    context.onDatabase = (name) => this.#core.sink?.database(name);
    this.#core = new SessionCore(engine, pg, state, transaction, context);
    this.#home = state.database;
  }

  get spid(): number {
    return this.#core.state.spid;
  }

  get database(): string {
    return this.#core.state.database.name;
  }

  async run({ text, params, nested, signal }: RunRequest, sink: ResultSink): Promise<void> {
    const core = this.#core;
    core.sink = sink;
    const cancel = () => void this.engine.cancel(core.pg.processId);
    signal.addEventListener('abort', cancel);
    try {
      await core.refreshDatabase();
      const depth = nested === true ? 1 : 0;
      const scope = await runText(text, (to) => this.#declare(params, to), core, depth, signal);
      this.#sendOutputs(params, scope, sink);
    } catch (error) {
      await this.#failed(error, sink);
    } finally {
      signal.removeEventListener('abort', cancel);
      core.sink = null;
    }
  }

  #declare(params: readonly RpcParam[], scope: Scope): void {
    for (const { name, type, value } of params) {
      const own = this.#ownType(type);
      scope.declare(name, own, encode(value, own));
    }
  }

  /** A parameter has the database's collation, whatever the client sends. */
  #ownType(type: MsType): MsType {
    const { collation } = this.#core.state.database;
    return family(type) === 'string' ? { ...type, collation } : type;
  }

  #sendOutputs(params: readonly RpcParam[], scope: Scope, sink: ResultSink): void {
    for (const { name, output } of params) {
      const variable = scope.variables.get(name.toLowerCase());
      if (!output || variable === undefined) continue;
      const value = decode(variable.value, variable.type);
      sink.returnValue(name, { name, type: variable.type, nullable: true }, value);
    }
  }

  async #failed(thrown: unknown, sink: ResultSink): Promise<void> {
    const error = await this.#core.translated(thrown, null);
    // An attention leaves the transaction open, unless XACT_ABORT is on.
    if (error instanceof Cancelled) {
      if (this.#core.state.options.xactAbort) await this.#core.transaction.abort(false);
      return;
    }
    if (!(error instanceof SqlError)) throw error;
    sink.error(error);
  }

  async begin(isolation: number, name: string): Promise<void> {
    if (isolation !== 0) {
      this.#core.state.options.isolation = isolation === SNAPSHOT ? 'snapshot' : 'read committed';
    }
    await this.#core.transaction.begin(name);
  }

  async commit(): Promise<void> {
    try {
      await this.#core.transaction.commit();
    } catch (error) {
      throw await this.#core.translated(error, null);
    }
  }

  async rollback(name: string): Promise<void> {
    await this.#core.transaction.rollback(name);
  }

  async save(name: string): Promise<void> {
    await this.#core.transaction.save(name);
  }

  inTransaction(): boolean {
    return this.#core.transaction.count > 0;
  }

  async bulk(
    text: string,
    rows: AsyncIterable<readonly TdsValue[]>,
    columns: readonly BulkMeta[],
  ): Promise<number> {
    const [statement] = this.engine.parse(text);
    if (statement?.kind !== 'insertBulk')
      throw new SqlError(4002, 'The incoming stream is invalid.');
    try {
      const count = await bulkLoad(statement, rows, columns, this.#core);
      this.#core.state.rowCount = count;
      return count;
    } catch (error) {
      const translated = await this.#core.translated(error, null);
      if (this.#core.state.options.xactAbort) await this.#core.transaction.abort(false);
      throw translated;
    }
  }

  async reset(): Promise<void> {
    const { transaction, state, context, pg } = this.#core;
    if (transaction.count > 0) await transaction.rollback('');
    await this.#core.dropTemporary(0);
    await pg.command('SELECT pg_advisory_unlock_all()');
    state.options = defaultOptions();
    if (state.database.id !== this.#home.id) context.changeDatabase(this.#home);
  }

  async close(): Promise<void> {
    const { transaction, pg } = this.#core;
    try {
      if (transaction.count > 0 && !transaction.doomed) await transaction.rollback('');
      await this.#core.dropTemporary(0);
    } catch {
      // A killed session has nothing left to tidy up.
    } finally {
      this.engine.releaseSpid(this.spid);
      await pg.close();
    }
  }
}
