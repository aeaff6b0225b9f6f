/**
 * Several statements in one round trip to PostgreSQL, the rows of one of them as they come. (`pg`
 * itself sends one at a time and collects the rows.)
 */
import type { Connection, DatabaseError } from 'pg';

export interface PgStatement {
  readonly text: string;
  readonly params: readonly (string | null)[];
  /** Prepared under this name, once. */
  readonly name?: string;
}

/** The names under which a connection has prepared statements, and how often it had to begin anew. */
export class Prepared {
  readonly #names = new Map<string, string>();
  #generation = 0;

  get size(): number {
    return this.#names.size;
  }

  /** PostgreSQL's name, and whether it has the statement yet. */
  take(name: string): { readonly pg: string; readonly isNew: boolean } {
    const known = this.#names.get(name);
    if (known !== undefined) return { pg: known, isNew: false };
    const pg = `${name}_${String(this.#generation)}`;
    this.#names.set(name, pg);
    return { pg, isNew: true };
  }

  /** After a failure: the statement may be there or not, so its name is never used again. */
  forget(name: string): void {
    if (this.#names.delete(name)) this.#generation += 1;
  }

  clear(): void {
    this.#names.clear();
    this.#generation += 1;
  }
}

/** Cells as text; a promise holds the next row back. */
export type OnRow = (cells: readonly (string | null)[]) => Promise<void> | void;

const UNNAMED = { pg: '', isNew: true };

export class Pipeline {
  /** Rows that the main statement returned or changed. */
  readonly done: Promise<number>;
  #settle: { resolve(rows: number): void; reject(error: unknown): void };
  #at = 0;
  #count = 0;
  #waiting: (readonly (string | null)[])[] = [];
  #busy = false;
  #ended = false;
  #failure: unknown;

  /** `main` is the index of the statement whose rows and count are wanted. */
  constructor(
    private readonly statements: readonly PgStatement[],
    private readonly main: number,
    private readonly prepared: Prepared,
    private readonly onRow: OnRow,
  ) {
    const { promise, resolve, reject } = withResolvers<number>();
    this.done = promise;
    this.#settle = { resolve, reject };
  }

  submit(connection: Connection): void {
    connection.stream.cork();
    for (const { text, params, name } of this.statements) {
      const { pg, isNew } = name === undefined ? UNNAMED : this.prepared.take(name);
      if (isNew) connection.parse({ name: pg, text, types: [] }, true);
      connection.bind({ portal: '', statement: pg, values: [...params] }, true);
      connection.execute({ portal: '', rows: '' }, true);
    }
    connection.sync();
    connection.stream.uncork();
    this.#connection = connection;
  }

  #connection: Connection | undefined;

  // Called by pg ---------------------------------------------------------------------------------

  handleRowDescription(): void {
    // Nobody asked for one.
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#at !== this.main || this.#failure !== undefined) return;
    this.#waiting.push(fields);
    if (!this.#busy) this.#drain();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    if (this.#at === this.main) {
      this.#count = Number(/\d+$/.exec(text)?.[0] ?? 0);
    }
    this.#at += 1;
  }

  handleEmptyQuery(): void {
    this.#at += 1;
  }

  handleError(error: DatabaseError): void {
    for (const { name } of this.statements) if (name !== undefined) this.prepared.forget(name);
    this.#failure ??= error;
    this.#finish();
  }

  handleReadyForQuery(): void {
    this.#finish();
  }

  // ----------------------------------------------------------------------------------------------

  #drain(): void {
    while (this.#waiting.length > 0) {
      const row = this.#waiting.shift() ?? [];
      const held = this.#hand(row);
      if (held !== undefined) {
        this.#busy = true;
        this.#connection?.stream.pause();
        void held.then(
          () => {
            this.#release();
          },
          (error: unknown) => {
            this.#failure ??= error;
            this.#release();
          },
        );
        return;
      }
    }
    if (this.#ended) this.#finish();
  }

  #hand(row: readonly (string | null)[]): Promise<void> | undefined {
    if (this.#failure !== undefined) return undefined;
    try {
      return this.onRow(row) ?? undefined;
    } catch (error) {
      this.#failure = error;
      return undefined;
    }
  }

  #release(): void {
    this.#busy = false;
    this.#drain();
    if (!this.#busy) this.#connection?.stream.resume();
  }

  #finish(): void {
    this.#ended = true;
    if (this.#busy) return;
    if (this.#failure === undefined) this.#settle.resolve(this.#count);
    else this.#settle.reject(this.#failure);
  }
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
