import type pg from 'pg';
import { neverHandOver } from './kept-clients.js';
import { endClient } from './end-client.js';

/**
 * End the statement that runs on a session, by another one of the same login: it fails with 57014
 * and its transaction can only be rolled back. Nothing happens where none runs.
 */
export async function cancelBackend(
  running: pg.Client,
  open: () => Promise<pg.Client>,
): Promise<void> {
  // It may be told to stop when it runs something else already: nobody else may have it then.
  neverHandOver(running);
  // The driver keeps the server's process id, but its types leave it out.
  const pid: unknown = Reflect.get(running, 'processID');
  if (typeof pid !== 'number') return;
  const other = await open();
  try {
    await other.query('SELECT pg_cancel_backend($1)', [pid]);
  } finally {
    await endClient(other);
  }
}
