/** Starting the pipeline and watching it fill the empty target. */
import { PIPELINE } from './pipeline-config.js';
import { watchTables } from './progress.js';
import type { Watched } from './progress.js';
import { count, took } from './text.js';

const TIMEOUT_MS = 120_000;
const TABLES = 4;

export async function runFirstCopy(watched: Watched): Promise<void> {
  const began = Date.now();
  await watched.client.startPipeline(PIPELINE);
  const tables = await watchTables(
    watched,
    TIMEOUT_MS,
    (all) => all.length >= TABLES && all.every((table) => table.phase === 'streaming'),
  );
  const ms = Date.now() - began;
  const rows = tables.reduce((sum, table) => sum + table.rows_copied, 0);
  watched.screen.done(
    `${count(rows)} rows copied in ${took(ms)}; every table follows the source now`,
  );
}
