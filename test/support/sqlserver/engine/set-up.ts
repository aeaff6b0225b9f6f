import { readFile, readdir } from 'node:fs/promises';
import pg from 'pg';

/** Runs the SQL files of these folders, in the order of their names, in an empty database. */
export async function setUp(url: string, folders: readonly URL[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const folder of folders) {
      const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
      for (const file of files) await client.query(await readFile(new URL(file, folder), 'utf8'));
    }
  } finally {
    await client.end();
  }
}

export const ENGINE_SQL = new URL('./sql/', import.meta.url);
