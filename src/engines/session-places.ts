/**
 * `pool.max`: how many sessions a worker opens on one database with one login, all its activities
 * together. Whoever finds no place waits in line; sessions that are only kept for later are closed
 * for those who wait.
 */
import { SluiceError } from '../core/errors.js';

/** What somebody in line would take in place of a place: an open session, with the place it has. */
export interface SessionWish {
  /** Sessions with the same key are as good as each other. */
  readonly key: string;
  session?: object;
}

interface Waiter {
  readonly go: () => void;
  readonly wish: SessionWish | undefined;
}

export class SessionPlaces {
  #taken = 0;
  readonly #line: Waiter[] = [];
  /** Each closes one idle session and says whether it had one. */
  readonly #idle = new Set<() => boolean>();

  constructor(public max: number) {}

  get taken(): number {
    return this.#taken;
  }

  /** Somebody waits: keep nothing open that is not used. */
  get contested(): boolean {
    return this.#line.length > 0;
  }

  /**
   * Resolves to what gives the place back, which may be called more than once; null: none came. A
   * wish that was granted has a session, whose place it is.
   */
  async take(waitMs: number, wish?: SessionWish): Promise<(() => void) | null> {
    if (this.#taken >= this.max) {
      const place = this.#waitInLine(waitMs, wish);
      this.#askForIdle();
      if (!(await place)) return null;
      if (wish?.session !== undefined) return () => undefined;
    } else this.#taken += 1;
    let left = false;
    return () => {
      if (!left) this.#leave();
      left = true;
    };
  }

  /** An open session, with its place, goes to the first in line; false: that one has no use for it. */
  pass(key: string, session: object): boolean {
    const [first] = this.#line;
    if (first?.wish?.key !== key || this.#taken > this.max) return false;
    this.#line.shift();
    first.wish.session = session;
    first.go();
    return true;
  }

  /** Returns what withdraws the offer. */
  offer(closeOne: () => boolean): () => void {
    this.#idle.add(closeOne);
    return () => this.#idle.delete(closeOne);
  }

  #askForIdle(): void {
    for (const closeOne of this.#idle) if (closeOne()) return;
  }

  #waitInLine(waitMs: number, wish: SessionWish | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const at = this.#line.indexOf(waiter);
        if (at >= 0) this.#line.splice(at, 1);
        resolve(false);
      }, waitMs);
      const waiter: Waiter = {
        wish,
        go: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
      this.#line.push(waiter);
    });
  }

  /** The place goes to the next in line, unless fewer are allowed by now. */
  #leave(): void {
    const next = this.#taken <= this.max ? this.#line.shift() : undefined;
    if (next === undefined) this.#taken -= 1;
    else next.go();
  }
}

/** What a configuration says of the sessions that are kept on one database; durations in ms. */
export interface PoolSettings {
  readonly min: number;
  readonly max: number;
  readonly idleTimeout: number;
  readonly healthCheckInterval: number;
}

/** One database with one login. */
export interface Pooled {
  readonly host: string;
  readonly port: number;
  /** A further name of the server, where several listen on the host. */
  readonly instance?: string;
  readonly database: string;
  readonly user: string;
  readonly connectTimeoutMs: number;
  /** Default: as many sessions as are asked for, each until its owner ends it. */
  readonly pool?: PoolSettings;
}

const known = new Map<string, SessionPlaces>();

/** Null where nothing is said of a pool. */
export function placesOf(connection: Pooled): SessionPlaces | null {
  const { host, port, instance, database, user, pool } = connection;
  if (pool === undefined) return null;
  const key = JSON.stringify([host, port, instance, database, user]);
  const places = known.get(key) ?? new SessionPlaces(pool.max);
  places.max = pool.max;
  known.set(key, places);
  return places;
}

/** @throws SluiceError SERVER_BUSY when no place came free within the connect timeout */
export async function takePlace(
  connection: Pooled,
  subject: string,
  wish?: SessionWish,
): Promise<() => void> {
  const places = placesOf(connection);
  if (places === null) return () => undefined;
  const leave = await places.take(connection.connectTimeoutMs, wish);
  if (leave !== null) return leave;
  throw new SluiceError(
    'SERVER_BUSY',
    `All ${places.max} sessions that pool.max allows on ${subject} are in use.`,
    { remedy: 'It is tried again; raise pool.max of the connection, or lower parallelism.' },
  );
}

/** What becomes of sessions that nobody uses. */
export interface IdleRules extends PoolSettings {
  readonly places: SessionPlaces | null;
}

/** What the connection says of sessions that nobody uses. */
export function idleRules(connection: Pooled): IdleRules | null {
  const { pool } = connection;
  return pool === undefined ? null : { ...pool, places: placesOf(connection) };
}
