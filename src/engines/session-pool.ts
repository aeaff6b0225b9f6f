import type { IdleRules } from './session-places.js';

/** What a driver does with a session; `open` is the only one that may fail. */
export interface SessionKind<S> {
  open(): Promise<S>;
  /** Make it ready for another user; false: it is of no use any more. */
  renew(session: S): Promise<boolean>;
  /** Ask the server for an answer; false: there was none. */
  answers(session: S): Promise<boolean>;
  /** End the statement that somebody else runs on it, if one does. */
  interrupt(session: S): Promise<void>;
  /** Its user is done and left it in order: somebody else may get it, or it ends. */
  giveBack(session: S): Promise<void>;
  end(session: S): Promise<void>;
}

interface IdleSession<S> {
  readonly session: S;
  readonly since: number;
  readonly checkedAt: number;
}

/** A few sessions that are opened when needed and used by one piece of work at a time. */
export class LazyPool<S> {
  readonly #idle: IdleSession<S>[] = [];
  readonly #busy = new Set<S>();
  readonly #waiting: (() => void)[] = [];
  readonly #withdraw: (() => void) | null;
  #slots: number;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /**
   * @param max sessions in use at the same time, at least 1; further users wait their turn
   * @param rules null: a session stays until the pool is closed
   */
  constructor(
    private readonly kind: SessionKind<S>,
    max: number,
    private readonly rules: IdleRules | null,
  ) {
    this.#slots = max;
    this.#withdraw = rules?.places?.offer(() => this.#closeOne()) ?? null;
  }

  async acquire(): Promise<S> {
    if (this.#slots > 0) this.#slots -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const session = (await this.#reuse()) ?? (await this.kind.open());
      this.#busy.add(session);
      return session;
    } catch (error) {
      this.#freeSlot();
      throw error;
    }
  }

  async release(session: S, broken: boolean): Promise<void> {
    const known = this.#busy.delete(session);
    try {
      // Otherwise it was ended already, or is somebody else's by now.
      if (known && broken) await this.kind.end(session);
      else if (known) await this.#keep(session, Date.now());
    } finally {
      this.#freeSlot();
    }
  }

  /** End what runs now, for all who use a session; the sessions stay theirs. */
  async interrupt(): Promise<void> {
    await Promise.allSettled([...this.#busy].map(async (session) => this.kind.interrupt(session)));
  }

  /** Waits for nobody: sessions in use are ended under their users. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#withdraw?.();
    if (this.#timer !== null) clearInterval(this.#timer);
    const idle = this.#idle.splice(0).map(async ({ session }) => this.kind.giveBack(session));
    const busy = [...this.#busy].map(async (session) => this.kind.end(session));
    this.#busy.clear();
    await Promise.all([...idle, ...busy]);
  }

  /** An idle session that is ready; those that died meanwhile are forgotten. */
  async #reuse(): Promise<S | undefined> {
    for (;;) {
      const session = this.#idle.pop()?.session;
      if (session === undefined || (await this.kind.renew(session))) return session;
      await this.kind.end(session);
    }
  }

  /** Unless somebody else waits for its place on the server. */
  async #keep(session: S, since: number): Promise<void> {
    const wanted = this.#waiting.length > 0 || this.rules?.places?.contested !== true;
    if (this.#closed || !wanted) return this.kind.giveBack(session);
    this.#idle.push({ session, since, checkedAt: Date.now() });
    if (this.rules === null || this.#timer !== null) return;
    const everyMs = Math.min(this.rules.idleTimeout, this.rules.healthCheckInterval);
    this.#timer = setInterval(() => void this.#lookAfterIdle(this.rules), everyMs);
    this.#timer.unref();
  }

  /** Close what has been idle for long, above min, and see whether the rest still answers. */
  async #lookAfterIdle(rules: IdleRules | null): Promise<void> {
    if (rules === null) return;
    const now = Date.now();
    const old = this.#idle.filter(({ since }) => now - since >= rules.idleTimeout);
    const spare = Math.max(0, this.#idle.length - rules.min);
    for (const one of old.slice(0, spare)) if (this.#take(one)) await this.kind.end(one.session);
    const due = this.#idle.filter(({ checkedAt }) => now - checkedAt >= rules.healthCheckInterval);
    for (const one of due) if (this.#take(one)) await this.#check(one);
  }

  /** Nobody may use it meanwhile: answers would be mixed up. */
  async #check({ session, since }: IdleSession<S>): Promise<void> {
    if (await this.kind.answers(session)) await this.#keep(session, since);
    else await this.kind.end(session);
  }

  /** False when a user was faster. */
  #take(one: IdleSession<S>): boolean {
    const at = this.#idle.indexOf(one);
    if (at >= 0) this.#idle.splice(at, 1);
    return at >= 0;
  }

  /** For somebody who waits for a place on the server. */
  #closeOne(): boolean {
    const one = this.#idle.shift();
    if (one === undefined) return false;
    void this.kind.giveBack(one.session);
    return true;
  }

  /** The slot goes straight to the next in line, so that nobody overtakes. */
  #freeSlot(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#slots += 1;
    else next();
  }
}
