import type { Client, Connection, Submittable } from 'pg';
import pg from 'pg';
import type { PipelineStatement } from './pipeline-frames.js';
import { FLUSH, SYNC, joinSmall, prepareFrames, runFrames } from './pipeline-frames.js';
import { PipelineError } from './pipeline-error.js';
import { preparedNames } from './prepared-names.js';

export type { PipelineStatement } from './pipeline-frames.js';
export { PipelineError } from './pipeline-error.js';

export interface StatementResult {
  /** As the server gives it: `INSERT 0 5`, `COMMIT`; `ROLLBACK` for a COMMIT that was refused. */
  readonly tag: string;
  readonly rowCount: number;
  /** Values as text, without column names; small results only. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface PipelineResult {
  readonly tags: string[];
  readonly rowCounts: number[];
  readonly rows: StatementResult['rows'][];
}

/**
 * Send all statements in one write with one Sync at its end. One pipeline runs on a session at a
 * time: the driver sends the next query when this one is done; to overlap work, use openPipeline.
 *
 * Without a BEGIN among them the statements are one implicit transaction. After an error the rest
 * is not run; a transaction that BEGIN opened stays open and failed: send ROLLBACK.
 *
 * @throws PipelineError that says which statement failed, after the session is usable again
 */
export async function runPipeline(
  client: Client,
  statements: readonly PipelineStatement[],
): Promise<PipelineResult> {
  const pipeline = new Pipeline();
  for (const statement of statements) void pipeline.push(statement);
  const done = pipeline.sync();
  client.query(pipeline);
  const results = await done;
  return {
    tags: results.map(({ tag }) => tag),
    rowCounts: results.map(({ rowCount }) => rowCount),
    rows: results.map(({ rows }) => rows),
  };
}

/**
 * A pipeline that is still being written: push statements as they become ready, several may be in
 * flight, then sync. Until then the session runs nothing else, and a client whose pipeline is
 * given up without sync() must be ended.
 */
export function openPipeline(client: Client): Pipeline {
  const pipeline = new Pipeline();
  client.query(pipeline);
  return pipeline;
}

interface Waiting {
  readonly statement: PipelineStatement;
  readonly rows: (string | null)[][];
  readonly resolve: (result: StatementResult) => void;
  readonly reject: (error: PipelineError) => void;
}

/** Speaks the extended query protocol on a session of the driver; see openPipeline. */
export class Pipeline implements Submittable {
  private readonly waiting: Waiting[] = [];
  private readonly results: StatementResult[] = [];
  private readonly parsing: PipelineStatement[] = [];
  private unsent: Buffer[] = [];
  private connection: Connection | undefined;
  private failure: PipelineError | undefined;
  private synced = false;
  private finish: (() => void) | undefined;
  private readonly onParsed = (): void => this.remember();

  /** Statements sent and not yet answered. */
  get inFlight(): number {
    return this.waiting.length;
  }

  /**
   * Queue one statement and, when the session is ours already, send it now. Rejects with the error
   * of the statement that failed, also for those behind it; sync() reports that error too.
   */
  push(statement: PipelineStatement): Promise<StatementResult> {
    if (this.synced) throw new Error('A pipeline takes no statement after sync().');
    const result = new Promise<StatementResult>((resolve, reject) => {
      if (this.failure !== undefined) reject(this.failure);
      else this.waiting.push({ statement, rows: [], resolve, reject });
    });
    // Who only awaits sync() hears of the error there.
    result.catch(() => undefined);
    if (this.failure === undefined && this.connection !== undefined) {
      this.encode(statement);
      this.send([FLUSH]);
    }
    return result;
  }

  /** End the pipeline; resolves with all results when the session is free again. */
  async sync(): Promise<StatementResult[]> {
    if (!this.synced) {
      this.synced = true;
      if (this.connection !== undefined && this.failure === undefined) this.send([SYNC]);
    }
    await this.done;
    if (this.failure !== undefined) throw this.failure;
    return this.results;
  }

  submit(connection: Connection): void {
    this.connection = connection;
    connection.on('parseComplete', this.onParsed);
    for (const { statement } of this.waiting) this.encode(statement);
    this.send([this.synced ? SYNC : FLUSH]);
  }

  handleDataRow(message: { fields: (string | null)[] }): void {
    this.waiting[0]?.rows.push(message.fields);
  }

  handleCommandComplete(message: { text: string }): void {
    const answered = this.waiting.shift();
    if (answered === undefined) return;
    const tag = message.text;
    const rowCount = Number(/\d+$/.exec(tag)?.[0] ?? 0);
    const result = { tag, rowCount, rows: answered.rows };
    this.results.push(result);
    answered.resolve(result);
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }

  handleRowDescription(): void {
    // Never asked for: rows are read by position.
  }

  handleCopyInResponse(): void {
    // The data are sent already.
  }

  handleReadyForQuery(): void {
    this.end();
  }

  /** After an error the server skips everything until the Sync, then is ready again. */
  handleError(thrown: unknown): void {
    this.failure ??= new PipelineError(thrown, this.results.length, this.waiting[0]?.statement);
    const { connection, failure } = this;
    for (const { reject } of this.waiting.splice(0)) reject(failure);
    if (connection === undefined || !(thrown instanceof pg.DatabaseError)) return this.end();
    for (const { name } of this.parsing) preparedNames(connection).delete(name);
    if (failure.statementName !== '') preparedNames(connection).delete(failure.statementName);
    connection.once('readyForQuery', this.onFree);
    connection.once('end', this.onFree);
    if (!this.synced) this.send([SYNC]);
  }

  private readonly onFree = (): void => {
    this.connection?.off('readyForQuery', this.onFree);
    this.connection?.off('end', this.onFree);
    this.end();
  };

  private readonly done = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  private encode(statement: PipelineStatement): void {
    const { connection } = this;
    if (connection === undefined) return;
    const { name, text } = statement;
    const pending = this.parsing.findLast((other) => other.name === name)?.text;
    const known = pending ?? preparedNames(connection).get(name);
    if (name === '' || known !== text) {
      this.parsing.push(statement);
      this.unsent.push(...prepareFrames(statement));
    }
    this.unsent.push(...runFrames(statement));
  }

  private send(last: readonly Buffer[]): void {
    const socket = this.connection?.stream;
    const parts = joinSmall([...this.unsent, ...last]);
    this.unsent = [];
    if (socket?.writable !== true) return;
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
  }

  private remember(): void {
    const parsed = this.parsing.shift();
    if (parsed === undefined || parsed.name === '' || this.connection === undefined) return;
    preparedNames(this.connection).set(parsed.name, parsed.text);
  }

  private end(): void {
    this.connection?.off('parseComplete', this.onParsed);
    this.connection = undefined;
    this.finish?.();
  }
}
