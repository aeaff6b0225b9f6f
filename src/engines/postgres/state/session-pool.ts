import type pg from 'pg';
import type { SessionPlaces } from '../session-places.js';

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

/** What becomes of sessions that nobody uses; durations in ms. */
export interface IdleRules {
  readonly min: number;
  readonly idleTimeout: number;
  readonly healthCheckInterval: number;
  readonly places: SessionPlaces | null;
}

/**
 * @param max sessions open at the same time, at least 1; further users wait their turn.
 * @param idle default: a session stays until the pool is closed
 */
export function openSessionPool(
  open: () => Promise<pg.Client>,
  max: number,
  idle: IdleRules | null = null,
): SessionPool {
  const pool = new LazyPool(open, max, idle);
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

interface IdleSession {
  readonly client: pg.Client;
  readonly since: number;
  checkedAt: number;
}

class LazyPool {
  readonly #idle: IdleSession[] = [];
  readonly #busy = new Set<pg.Client>();
  readonly #waiting: (() => void)[] = [];
  readonly #withdraw: (() => void) | null;
  #slots: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    readonly open: () => Promise<pg.Client>,
    max: number,
    private readonly rules: IdleRules | null,
  ) {
    this.#slots = max;
    this.#withdraw = rules?.places?.offer(() => this.#closeOne()) ?? null;
  }

  async acquire(): Promise<pg.Client> {
    if (this.#slots > 0) this.#slots -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const client = this.#idle.pop()?.client ?? (await this.#openOne());
      this.#busy.add(client);
      return client;
    } catch (error) {
      this.#freeSlot();
      throw error;
    }
  }

  async release(client: pg.Client, broken: boolean): Promise<void> {
    const known = this.#busy.delete(client);
    const wanted = this.#waiting.length > 0 || this.rules?.places?.contested !== true;
    try {
      if (broken || (known && !wanted)) await endQuietly(client);
      else if (known) this.#keep(client, Date.now());
    } finally {
      this.#freeSlot();
    }
  }

  async close(): Promise<void> {
    this.#withdraw?.();
    if (this.#timer !== null) clearInterval(this.#timer);
    const idle = this.#idle.splice(0).map((session) => session.client);
    const all = [...idle, ...this.#busy];
    this.#busy.clear();
    await Promise.all(all.map(endQuietly));
  }

  #keep(client: pg.Client, since: number): void {
    this.#idle.push({ client, since, checkedAt: Date.now() });
    if (this.rules === null || this.#timer !== null) return;
    const everyMs = Math.min(this.rules.idleTimeout, this.rules.healthCheckInterval);
    this.#timer = setInterval(() => void this.#lookAfterIdle(), everyMs);
    this.#timer.unref();
  }

  /** Close what has been idle for long, above min, and see whether the rest still answers. */
  async #lookAfterIdle(): Promise<void> {
    const { rules } = this;
    if (rules === null) return;
    const now = Date.now();
    const old = this.#idle.filter((session) => now - session.since >= rules.idleTimeout);
    const spare = Math.max(0, this.#idle.length - rules.min);
    await Promise.all(old.slice(0, spare).map(async (session) => this.#close(session)));
    const due = this.#idle.filter((one) => now - one.checkedAt >= rules.healthCheckInterval);
    await Promise.all(due.map(async (session) => this.#check(session)));
  }

  async #check(session: IdleSession): Promise<void> {
    session.checkedAt = Date.now();
    // A user that takes it meanwhile waits for the answer, or gets the same error.
    await session.client.query('select 1').catch(async () => this.#close(session));
  }

  async #close(session: IdleSession): Promise<void> {
    const at = this.#idle.indexOf(session);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    await endQuietly(session.client);
  }

  /** For somebody who waits for a place on the server. */
  #closeOne(): boolean {
    const [session] = this.#idle;
    if (session === undefined) return false;
    void this.#close(session);
    return true;
  }

  async #openOne(): Promise<pg.Client> {
    const client = await this.open();
    client.on('end', () => {
      const at = this.#idle.findIndex((session) => session.client === client);
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
