import pg from 'pg';
import { MsCatalog } from '../catalog/catalog.js';
import { setUpCatalog } from '../catalog/set-up.js';
import { FEEDS } from '../feeds/feeds.js';
import { Engine } from './engine.js';
import { ENGINE_SQL, setUp } from './set-up.js';

export interface OpenEngine {
  /** Of a PostgreSQL 18 database that is empty, or one that a stand-in used before. */
  readonly postgresUrl: string;
}

export async function openEngine({ postgresUrl }: OpenEngine): Promise<Engine> {
  const feeds = FEEDS;
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    if (await isEmpty(client)) {
      await setUp(client, [ENGINE_SQL]);
      await setUpCatalog((sql) => client.query(sql), feeds);
    }
  } finally {
    await client.end();
  }
  return new Engine({ url: postgresUrl, catalog: new MsCatalog(feeds) });
}

async function isEmpty(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT FROM pg_namespace WHERE nspname = 'ss'`);
  return rowCount === 0;
}
