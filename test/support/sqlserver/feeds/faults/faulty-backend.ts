import type {
  Backend,
  BulkMeta,
  Login,
  ResultSink,
  RunRequest,
  Session,
  TdsValue,
} from '../../backend.js';
import { ConnectionCut } from '../../backend.js';
import { controlStatement } from './control-statement.js';
import { FaultPlan, asSqlError } from './fault-plan.js';

/** A backend whose sessions fail where a test asked for it. */
export function withFaults(backend: Backend): Backend {
  const plan = new FaultPlan();
  return { login: async (login: Login) => new FaultySession(await backend.login(login), plan) };
}

class FaultySession implements Session {
  readonly #inner: Session;
  readonly #plan: FaultPlan;
  /** What ran since the transaction began, for faults of its commit. */
  #texts: string[] = [];

  constructor(inner: Session, plan: FaultPlan) {
    this.#inner = inner;
    this.#plan = plan;
  }

  get spid(): number {
    return this.#inner.spid;
  }

  get database(): string {
    return this.#inner.database;
  }

  async run(request: RunRequest, sink: ResultSink): Promise<void> {
    const control = controlStatement(request.text);
    if (control !== undefined) {
      if (control === 'clear') this.#plan.clear();
      else this.#plan.arm(control);
      return sink.done(null);
    }
    if (this.#plan.due('cut', request.text) !== undefined) throw new ConnectionCut('cut');
    const error = this.#plan.due('error', request.text);
    if (error !== undefined) throw asSqlError(error);
    this.#texts.push(request.text);
    const lost = await this.#runWatched(request, sink);
    if (!this.inTransaction()) this.#texts = [];
    if (lost) throw new ConnectionCut('the answer to a commit');
  }

  /** Whether a COMMIT in the text is one whose answer gets lost. */
  async #runWatched(request: RunRequest, sink: ResultSink): Promise<boolean> {
    let lost = false;
    await this.#inner.run(request, {
      columns: (meta) => sink.columns(meta),
      row: (values) => sink.row(values),
      done: (rows) => sink.done(rows),
      info: (e) => sink.info(e),
      error: (e) => sink.error(e),
      returnValue: (name, meta, value) => sink.returnValue(name, meta, value),
      database: (name) => sink.database(name),
      transaction: (change) => {
        if (change === 'committed' && this.#losesCommit()) lost = true;
        sink.transaction(change);
      },
    });
    return lost;
  }

  #losesCommit(): boolean {
    return this.#plan.due('loseCommit', ...this.#texts) !== undefined;
  }

  begin(isolation: number, name: string): Promise<void> {
    this.#texts = [];
    return this.#inner.begin(isolation, name);
  }

  async commit(): Promise<void> {
    await this.#inner.commit();
    const lost = this.#losesCommit();
    this.#texts = [];
    if (lost) throw new ConnectionCut('the answer to a commit');
  }

  rollback(name: string): Promise<void> {
    return this.#inner.rollback(name);
  }

  save(name: string): Promise<void> {
    return this.#inner.save(name);
  }

  inTransaction(): boolean {
    return this.#inner.inTransaction();
  }

  bulk(
    statement: string,
    rows: AsyncIterable<readonly TdsValue[]>,
    columns: readonly BulkMeta[],
  ): Promise<number> {
    const error = this.#plan.due('error', statement);
    if (error !== undefined) throw asSqlError(error);
    this.#texts.push(statement);
    const cut = this.#plan.due('cutBulk', statement);
    const taken = cut === undefined ? rows : cutAfter(rows, cut.afterBytes);
    return this.#inner.bulk(statement, taken, columns);
  }

  reset(): Promise<void> {
    this.#texts = [];
    return this.#inner.reset();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

async function* cutAfter(
  rows: AsyncIterable<readonly TdsValue[]>,
  bytes: number,
): AsyncGenerator<readonly TdsValue[]> {
  let taken = 0;
  for await (const row of rows) {
    for (const value of row) taken += sizeOf(value);
    if (taken > bytes) throw new ConnectionCut(`after ${String(bytes)} bytes`);
    yield row;
  }
}

/** Roughly what a value takes on the wire. */
function sizeOf(value: TdsValue): number {
  if (value === null) return 1;
  if (Buffer.isBuffer(value)) return value.length;
  if (typeof value === 'string') return value.length * 2;
  return 8;
}
