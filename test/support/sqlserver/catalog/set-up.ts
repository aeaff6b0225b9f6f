/**
 * Brings the views of schema sys, with sql/. Needed by
 * test/conformance/sqlserver/catalogue-columns: "a view of the catalogue has the columns".
 */
import { readFile, readdir } from 'node:fs/promises';
import type { Feeds } from './feeds-seam.js';

/** Runs a text of several statements. */
type Run = (sql: string) => Promise<unknown>;

/** Makes the catalog in a new PostgreSQL database that has the engine's schema ss already. */
export async function setUpCatalog(run: Run, feeds: Feeds): Promise<void> {
  const folder = new URL('sql/', import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  for (const file of files) await run(await readFile(new URL(file, folder), 'utf8'));
  await feeds.setUp(run);
}
