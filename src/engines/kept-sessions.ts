/**
 * Sessions that one activity of a worker leaves open for the next: to log in is about half of the
 * work of copying a small table. Each keeps its place of `pool.max` and gives it up as soon as
 * somebody waits for one: the session itself where that helps, else its place.
 */
import type { SessionPlaces } from './session-places.js';

/** Below the 5 s for which PostgreSQL lets DROP DATABASE wait for other sessions to leave. */
const IDLE_MS = 3_000;

/** A session that is ready for anybody who asks with the same key. */
export interface KeptSession<S> {
  readonly session: S;
  readonly key: string;
  readonly places: SessionPlaces;
  /** Less, where the connection says so. */
  readonly idleTimeoutMs: number;
}

type Idle<S> = KeptSession<S> & { readonly timer: NodeJS.Timeout };

let workers = 0;
const closing = new Set<() => Promise<void>>();

/** From now on sessions are kept; resolves, when the last who asked for it says so, to none left. */
export function keepSessions(): () => Promise<void> {
  workers += 1;
  let over = false;
  return async () => {
    if (!over) workers -= 1;
    over = true;
    if (workers === 0) await Promise.all([...closing].map(async (close) => close()));
  };
}

/** A command of the CLI lives too shortly for it. */
export function keepsSessions(): boolean {
  return workers > 0;
}

export class KeptSessions<S extends object> {
  readonly #idle: Idle<S>[] = [];
  readonly #offered = new WeakSet<SessionPlaces>();

  constructor(private readonly end: (session: S) => Promise<void>) {
    closing.add(async () => this.#close());
  }

  /** The one that was used last, so that the others come to their end. */
  take(places: SessionPlaces, key: string): S | undefined {
    const fits = (one: Idle<S>) => one.places === places && one.key === key;
    return this.#remove(this.#idle.findLastIndex(fits));
  }

  async keep(kept: KeptSession<S>): Promise<void> {
    const { session, key, places } = kept;
    if (!keepsSessions() || places.taken > places.max) return this.end(session);
    if (places.contested) {
      if (!places.pass(key, session)) await this.end(session);
      return;
    }
    if (!this.#offered.has(places)) places.offer(() => this.#closeOne(places));
    this.#offered.add(places);
    const idleMs = Math.min(IDLE_MS, kept.idleTimeoutMs);
    const timer = setTimeout(() => {
      if (this.forget(session)) void this.end(session);
    }, idleMs).unref();
    this.#idle.push({ ...kept, timer });
  }

  /** False when it was not idle. */
  forget(session: S): boolean {
    return this.#remove(this.#idle.findIndex((one) => one.session === session)) !== undefined;
  }

  #closeOne(places: SessionPlaces): boolean {
    const oldest = this.#remove(this.#idle.findIndex((one) => one.places === places));
    if (oldest === undefined) return false;
    void this.end(oldest);
    return true;
  }

  #remove(at: number): S | undefined {
    const [one] = at < 0 ? [] : this.#idle.splice(at, 1);
    clearTimeout(one?.timer);
    return one?.session;
  }

  async #close(): Promise<void> {
    const idle = this.#idle.splice(0);
    for (const { timer } of idle) clearTimeout(timer);
    await Promise.all(idle.map(async ({ session }) => this.end(session)));
  }
}
