import type pg from 'pg';
import type { IdleRules } from '../../session-places.js';
import type { SessionKind } from '../../session-pool.js';
import { LazyPool } from '../../session-pool.js';
import { cancelBackend } from '../cancel-backend.js';
import { giveBackPg } from '../kept-clients.js';
import { endClient } from '../end-client.js';

/** A few sessions that are opened when needed and used by one piece of work at a time. */
export interface SessionPool {
  /**
   * Run `body` on a session of its own. A session whose work threw is closed, never used again:
   * nobody can know what state it is in.
   */
  use<T>(body: (client: pg.Client) => Promise<T>): Promise<T>;
  /** As `use`, but the caller ends the use by `release`; with true the session is closed. */
  take(): Promise<{ client: pg.Client; release: (broken: boolean) => Promise<void> }>;
  /** End what runs now, on the server; its users get SQLSTATE 57014. */
  interrupt(): Promise<void>;
  /** Waits for nobody: sessions in use are ended under their users. */
  close(): Promise<void>;
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
  const pool = new LazyPool<pg.Client>(clients(open), max, idle);
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
    interrupt: async () => pool.interrupt(),
    close: async () => pool.close(),
  };
}

function clients(open: () => Promise<pg.Client>): SessionKind<pg.Client> {
  const ended = new WeakSet<pg.Client>();
  return {
    open: async () => {
      const client = await open();
      client.on('end', () => ended.add(client));
      return client;
    },
    renew: (client) => Promise.resolve(!ended.has(client)),
    answers: async (client) =>
      client.query('select 1').then(
        () => true,
        () => false,
      ),
    interrupt: async (client) => cancelBackend(client, open),
    giveBack: giveBackPg,
    end: async (client) => endClient(client),
  };
}
