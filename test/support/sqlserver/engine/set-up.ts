import { readFile, readdir } from 'node:fs/promises';
import type pg from 'pg';

export const ENGINE_SQL = new URL('./sql/', import.meta.url);

/** Runs the SQL files of these folders, in the order of their names. */
export async function setUp(client: pg.Client, folders: readonly URL[]): Promise<void> {
  for (const folder of folders) {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
    for (const file of files) await client.query(await readFile(new URL(file, folder), 'utf8'));
  }
}
