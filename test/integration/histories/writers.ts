/** Sessions that write to the source: each its own transactions, so that theirs overlap. */
import type { Dialect, SourceEnd, WriterSession } from './ends.js';
import { WRITERS } from './history.js';

export class Writers {
  readonly #open = new Set<number>();
  readonly #prepared = new Map<number, string>();

  private constructor(
    private readonly sessions: readonly WriterSession[],
    private readonly sql: Dialect,
    private readonly database: string,
  ) {}

  static async connect(source: SourceEnd): Promise<Writers> {
    const sessions: WriterSession[] = [];
    for (let n = 0; n < WRITERS; n++) sessions.push(await source.connect());
    return new Writers(sessions, source.dialect, source.name);
  }

  async begin(n: number): Promise<void> {
    if (this.#open.has(n)) return;
    await this.#run(n, this.sql.begin);
    this.#open.add(n);
  }

  /** A commit may be refused: by what is checked then only. */
  async end(n: number, how: 'commit' | 'rollback'): Promise<void> {
    if (!this.#open.delete(n)) return;
    await this.#run(n, how).catch((error: unknown) => {
      if (how === 'rollback') throw error;
    });
  }

  /** The transaction leaves its session, which may begin another one. */
  async prepare(n: number): Promise<void> {
    if (this.sql.prepared === null || this.#prepared.has(n) || !this.#open.has(n)) return;
    const name = `${this.database} ${String(n)}`;
    this.#open.delete(n);
    await this.#run(n, this.sql.prepared.begin(name))
      .then(() => this.#prepared.set(n, name))
      // As a commit: it is rolled back where the server refuses it.
      .catch(() => undefined);
  }

  async endPrepared(n: number, how: 'commit' | 'rollback'): Promise<void> {
    const name = this.#prepared.get(n);
    if (this.sql.prepared === null || name === undefined || this.#open.has(n)) return;
    await this.#run(n, this.sql.prepared.end(how, name));
    this.#prepared.delete(n);
  }

  async savepoint(n: number, how: 'savepoint' | 'rollbackTo'): Promise<void> {
    if (!this.#open.has(n)) return;
    if (how === 'savepoint') await this.#run(n, this.sql.savepoint('mine'));
    else await this.#run(n, this.sql.rollbackTo('mine')).catch(async () => this.#restore(n));
  }

  /** All of them or none; the reason when they were refused. */
  async write(n: number, statements: readonly string[]): Promise<string | null> {
    const within = this.#open.has(n);
    await this.#run(n, within ? this.sql.savepoint('step') : this.sql.begin);
    try {
      for (const statement of statements) await this.#run(n, statement);
      await this.#run(n, within ? this.sql.release('step') : 'commit');
      return null;
    } catch (error) {
      const undo = within ? this.sql.rollbackTo('step') : 'rollback';
      await this.#run(n, undo).catch(async () => this.#restore(n));
      return error instanceof Error ? error.message : String(error);
    }
  }

  async endAll(): Promise<void> {
    for (const n of [...this.#open]) await this.end(n, 'commit');
    for (const n of [...this.#prepared.keys()]) await this.endPrepared(n, 'commit');
  }

  /** An open transaction would hold up the slots of every other history. */
  async close(): Promise<void> {
    for (const n of [...this.#open]) await this.end(n, 'rollback');
    for (const n of [...this.#prepared.keys()]) await this.endPrepared(n, 'rollback');
  }

  /** There was no savepoint, or no transaction any more: it is lost and begins again. */
  async #restore(n: number): Promise<void> {
    if (!this.#open.has(n)) return;
    await this.end(n, 'rollback').catch(() => undefined);
    await this.begin(n);
  }

  async #run(n: number, statement: string | null): Promise<void> {
    const session = this.sessions[n];
    if (session === undefined) throw new Error(`There is no writer ${n}.`);
    if (statement !== null) await session.run(statement);
  }
}
