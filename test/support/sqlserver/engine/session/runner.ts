/**
 * Runs the statements of a batch in turn: flow, errors, and what an error ends
 * (test/conformance/sqlserver/calls: "IF, WHILE and variables", test/conformance/sqlserver/calls:
 * "TRY catches, and tells what it caught", test/conformance/sqlserver/transactions: "is undone
 * whole, and its batch ends").
 */
import { SqlError } from '../../backend.js';
import type { Statement } from '../../tsql/ast.js';
import { notModelled } from '../not-modelled.js';
import { runCommand } from './commands.js';
import type { SessionCore } from './core.js';
import { Cancelled, endsBatch, endsTransaction } from './errors.js';
import { evaluate, holds, runStatement } from './execute.js';
import { selectInto, targetOf } from './select-into.js';
import { runSetting } from './settings.js';
import type { Scope } from './state.js';
import { runTransaction } from './transaction-statements.js';
import { declareVariables, raise, show, throwError } from './variables.js';

type Flow = 'next' | 'break' | 'continue' | 'return' | 'abort';

/** Carries an error to the CATCH of the innermost TRY. */
class Caught extends Error {
  constructor(readonly error: SqlError) {
    super(error.message);
  }
}

export class Runner {
  constructor(
    private readonly core: SessionCore,
    private readonly scope: Scope,
    private readonly signal: AbortSignal,
  ) {}

  async runAll(statements: readonly Statement[]): Promise<Flow> {
    for (const statement of statements) {
      const flow = await this.#guarded(statement);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  async #guarded(statement: Statement): Promise<Flow> {
    if (this.signal.aborted) throw new Cancelled('cancelled');
    if (this.core.state.options.noExec && statement.kind !== 'setOption') return 'next';
    try {
      return await this.#run(statement);
    } catch (error) {
      return this.#failed(error, statement);
    }
  }

  async #failed(thrown: unknown, statement: Statement): Promise<Flow> {
    if (thrown instanceof Caught) throw thrown;
    const translated = await this.core.translated(thrown, statement);
    if (!(translated instanceof SqlError)) throw translated;
    const { number, message, state, level, procName } = translated;
    const place = procName === undefined ? {} : { procName };
    const error = new SqlError(number, message, { state, level, line: statement.line, ...place });
    const raised = statement.kind === 'raiserror';
    const { xactAbort } = this.core.state.options;
    const ends = endsTransaction(error) || (xactAbort && !raised);
    if (ends) await this.core.transaction.abort(this.scope.tries > 0);
    this.core.state.rowCount = 0;
    if (this.scope.tries > 0) throw new Caught(error);
    this.core.sink?.error(error);
    return endsBatch(error) || ends || statement.kind === 'throw' ? 'abort' : 'next';
  }

  async #run(statement: Statement): Promise<Flow> {
    const { core, scope } = this;
    switch (statement.kind) {
      case 'query': {
        const into = targetOf(statement.query);
        if (into === null) await runStatement(statement, core, scope);
        else await selectInto(into, statement, core, scope);
        return 'next';
      }
      case 'insert':
      case 'update':
      case 'delete':
        await runStatement(statement, core, scope);
        return 'next';
      case 'if': {
        if (await holds(statement.condition, core, scope)) return this.#guarded(statement.then);
        return statement.else === null ? 'next' : this.#guarded(statement.else);
      }
      case 'while':
        return this.#loop(statement);
      case 'block':
        return this.runAll(statement.statements);
      case 'tryCatch':
        return this.#tryCatch(statement);
      case 'break':
      case 'continue':
        return statement.kind;
      case 'return':
        return 'return';
      default:
        return this.#runOther(statement);
    }
  }

  async #runOther(statement: Exclude<Statement, { kind: Flowing }>): Promise<Flow> {
    const { core, scope } = this;
    switch (statement.kind) {
      case 'declare':
        await declareVariables(statement.variables, core, scope);
        return 'next';
      case 'setVariable':
      case 'setOption':
      case 'setValue':
      case 'setIdentityInsert':
      case 'setIsolation':
        await runSetting(statement, core, scope);
        return 'next';
      case 'begin':
      case 'commit':
      case 'rollback':
      case 'save':
        await runTransaction(statement, core, scope);
        return 'next';
      case 'throw':
        return throwError(statement, core, scope);
      case 'raiserror':
        await raise(statement, core, scope);
        return 'next';
      case 'print':
        show(await evaluate(statement.value, null, core, scope), core);
        return 'next';
      case 'waitFor':
        throw notModelled('WAITFOR');
      default:
        await runCommand(statement, core, scope, this.signal);
        return 'next';
    }
  }

  async #loop(statement: Extract<Statement, { kind: 'while' }>): Promise<Flow> {
    while (await holds(statement.condition, this.core, this.scope)) {
      const flow = await this.#guarded(statement.body);
      if (flow === 'break') break;
      if (flow === 'return' || flow === 'abort') return flow;
    }
    return 'next';
  }

  async #tryCatch(statement: Extract<Statement, { kind: 'tryCatch' }>): Promise<Flow> {
    const { scope } = this;
    scope.tries += 1;
    let caught: SqlError;
    try {
      const flow = await this.runAll(statement.try);
      scope.tries -= 1;
      return flow;
    } catch (error) {
      scope.tries -= 1;
      if (!(error instanceof Caught)) throw error;
      caught = error.error;
    }
    const outer = scope.caught;
    scope.caught = caught;
    try {
      return await this.runAll(statement.catch);
    } finally {
      scope.caught = outer;
    }
  }
}

type Flowing =
  | 'query'
  | 'insert'
  | 'update'
  | 'delete'
  | 'if'
  | 'while'
  | 'block'
  | 'tryCatch'
  | 'break'
  | 'continue'
  | 'return';
