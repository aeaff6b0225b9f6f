import type { MsSession, SessionPool } from './sql-session.js';

/**
 * @param max sessions open at the same time, at least 1; further users wait their turn. A session
 * whose work threw is closed, never used again: nobody can know what state it is in. Others are
 * reset before the next use, so that nothing of one borrower reaches another.
 */
export function openSessionPool(open: () => Promise<MsSession>, max: number): SessionPool {
  const pool = new LazyPool(open, max);
  return {
    take: async () => {
      const session = await pool.acquire();
      return { session, release: async (broken) => pool.release(session, broken) };
    },
    use: async (work) => {
      const session = await pool.acquire();
      let worked = false;
      try {
        const result = await work(session);
        worked = true;
        return result;
      } finally {
        await pool.release(session, !worked);
      }
    },
    close: async () => pool.close(),
  };
}

class LazyPool {
  readonly #idle: MsSession[] = [];
  readonly #busy = new Set<MsSession>();
  readonly #waiting: (() => void)[] = [];
  #slots: number;

  constructor(
    readonly open: () => Promise<MsSession>,
    max: number,
  ) {
    this.#slots = max;
  }

  async acquire(): Promise<MsSession> {
    if (this.#slots > 0) this.#slots -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const session = (await this.#reuse()) ?? (await this.open());
      this.#busy.add(session);
      return session;
    } catch (error) {
      this.#freeSlot();
      throw error;
    }
  }

  async release(session: MsSession, broken: boolean): Promise<void> {
    const known = this.#busy.delete(session);
    try {
      if (broken || !session.isOpen()) await session.close();
      else if (known) this.#idle.push(session);
    } finally {
      this.#freeSlot();
    }
  }

  async close(): Promise<void> {
    const all = [...this.#idle.splice(0), ...this.#busy];
    this.#busy.clear();
    await Promise.all(all.map(async (session) => session.close()));
  }

  /** An idle session that answers a reset; those that died meanwhile are forgotten. */
  async #reuse(): Promise<MsSession | undefined> {
    for (;;) {
      const session = this.#idle.pop();
      if (session === undefined) return undefined;
      if (!session.isOpen()) continue;
      try {
        await session.reset();
        return session;
      } catch {
        await session.close();
      }
    }
  }

  /** The slot goes straight to the next in line, so that nobody overtakes. */
  #freeSlot(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#slots += 1;
    else next();
  }
}
