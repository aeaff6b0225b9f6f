import type pg from 'pg';

/** A few sessions that are opened when needed and used by one piece of work at a time. */
export interface SessionPool {
  /**
   * Run `body` on a session of its own. A session whose work threw is closed, never used again:
   * nobody can know what state it is in.
   */
  use<T>(body: (client: pg.Client) => Promise<T>): Promise<T>;
  /** As `use`, but the caller ends the use by `release`; with true the session is closed. */
  take(): Promise<{ client: pg.Client; release: (broken: boolean) => Promise<void> }>;
  /** Waits for nobody: sessions in use are ended under their users. */
  close(): Promise<void>;
}

/** @param max sessions open at the same time, at least 1; further users wait their turn. */
export function openSessionPool(open: () => Promise<pg.Client>, max: number): SessionPool {
  const pool = new LazyPool(open, max);
  return {
    take: async () => {
      const client = await pool.acquire();
      return { client, release: async (broken) => pool.release(client, broken) };
    },
    use: async (body) => {
      const client = await pool.acquire();
      let worked = false;
      try {
        const result = await body(client);
        worked = true;
        return result;
      } finally {
        await pool.release(client, !worked);
      }
    },
    close: async () => pool.close(),
  };
}

class LazyPool {
  readonly #idle: pg.Client[] = [];
  readonly #busy = new Set<pg.Client>();
  readonly #waiting: (() => void)[] = [];
  #slots: number;

  constructor(
    readonly open: () => Promise<pg.Client>,
    max: number,
  ) {
    this.#slots = max;
  }

  async acquire(): Promise<pg.Client> {
    if (this.#slots > 0) this.#slots -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const client = this.#idle.pop() ?? (await this.#openOne());
      this.#busy.add(client);
      return client;
    } catch (error) {
      this.#freeSlot();
      throw error;
    }
  }

  async release(client: pg.Client, broken: boolean): Promise<void> {
    const known = this.#busy.delete(client);
    try {
      if (broken) await endQuietly(client);
      else if (known) this.#idle.push(client);
    } finally {
      this.#freeSlot();
    }
  }

  async close(): Promise<void> {
    const all = [...this.#idle.splice(0), ...this.#busy];
    this.#busy.clear();
    await Promise.all(all.map(endQuietly));
  }

  async #openOne(): Promise<pg.Client> {
    const client = await this.open();
    client.on('end', () => {
      const at = this.#idle.indexOf(client);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return client;
  }

  /** The slot goes straight to the next in line, so that nobody overtakes. */
  #freeSlot(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#slots += 1;
    else next();
  }
}

async function endQuietly(client: pg.Client): Promise<void> {
  await client.end().catch(() => undefined);
}
