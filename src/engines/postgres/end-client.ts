import type pg from 'pg';
import { finishesWithin } from './replication/gate.js';

const GOODBYE_MS = 5_000;

/**
 * Ends a session; never rejects. The driver waits until the server has closed the connection, which
 * one that stands still never does: after `limitMs` the socket is closed from here.
 */
export async function endClient(client: pg.Client, limitMs = GOODBYE_MS): Promise<void> {
  const ended = client.end().catch(() => undefined);
  if (!(await finishesWithin(ended, limitMs))) client.connection.stream.destroy();
}
