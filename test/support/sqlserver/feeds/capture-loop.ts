/**
 * The capture job (test/conformance/sqlserver/change-data-capture: "say what was done: 2 insert, 3
 * and 4 an update, 1 delete", test/conformance/sqlserver/change-data-capture: "lie at commits that
 * cdc.lsn_time_mapping knows").
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** The Agent's capture job looks into every captured database this often. */
const POLL_MS = 50;

export interface CaptureLoop {
  stop(): Promise<void>;
}

/** Copies the log into the change tables until it is stopped. */
export async function startCaptureLoop(postgresUrl: string): Promise<CaptureLoop> {
  const client = new pg.Client({ connectionString: postgresUrl, application_name: 'capture job' });
  client.on('error', () => undefined);
  await client.connect();
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      const found = await scanAll(client).catch((error: unknown) => {
        // A job that fails tries again; what it failed with is for who develops the stand-in.
        if (!stopped) process.stderr.write(`capture job: ${String(error)}\n`);
        return 0;
      });
      if (found === 0) await delay(POLL_MS);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await running;
      await client.end();
    },
  };
}

/** Answers with the number of transactions that were captured. */
async function scanAll(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ db: number }>(
    'SELECT db FROM feed.captured WHERE running ORDER BY db',
  );
  let found = 0;
  for (const { db } of rows) {
    const scanned = await client.query<{ count: number }>('SELECT feed.scan($1) AS count', [db]);
    found += scanned.rows[0]?.count ?? 0;
  }
  return found;
}
