import pg from 'pg';
import { startPostgres } from '../../src/local/postgres-server.js';
import type { LocalPostgres } from '../../src/local/postgres-server.js';
import { TABLE, createTable, fillTable } from './bench-table.js';

const SOURCE_DB = 'bench_source';
export const NATIVE_DB = 'bench_native';
export const OURS_DB = 'bench_ours';

/**
 * Two servers with default settings: the source, and one with a database for each of the two
 * replicas, so that both write to the same disk.
 */
export interface StreamStage {
  readonly sourceServer: LocalPostgres;
  readonly targetServer: LocalPostgres;
  readonly sourceDb: string;
  readonly source: pg.Client;
  readonly native: pg.Client;
  readonly ours: pg.Client;
  connect(side: 'source' | 'native' | 'ours'): Promise<pg.Client>;
  close(): Promise<void>;
}

/** All three databases hold the same `rows` rows. */
export async function openStreamStage(rows: number): Promise<StreamStage> {
  const [sourceServer, targetServer] = await Promise.all([
    startPostgres({ version: '18' }),
    startPostgres({ version: '18' }),
  ]);
  const clients: pg.Client[] = [];
  const urls = {
    source: sourceServer.url(SOURCE_DB),
    native: targetServer.url(NATIVE_DB),
    ours: targetServer.url(OURS_DB),
  };
  const connect = async (side: keyof typeof urls): Promise<pg.Client> => {
    const client = await open(urls[side]);
    clients.push(client);
    return client;
  };
  const close = async (): Promise<void> => {
    await Promise.allSettled(clients.map(async (client) => client.end()));
    await Promise.allSettled([sourceServer.remove(), targetServer.remove()]);
  };
  try {
    await createDatabase(sourceServer, SOURCE_DB);
    await createDatabase(targetServer, NATIVE_DB);
    await createDatabase(targetServer, OURS_DB);
    const [source, native, ours] = await Promise.all([
      connect('source'),
      connect('native'),
      connect('ours'),
    ]);
    await Promise.all([fill(source, rows), fill(native, rows).then(async () => fill(ours, rows))]);
    return {
      sourceServer,
      targetServer,
      sourceDb: SOURCE_DB,
      source,
      native,
      ours,
      connect,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function fill(client: pg.Client, rows: number): Promise<void> {
  await createTable(client);
  await fillTable(client, 1, rows);
  await client.query(`vacuum analyze ${TABLE}`);
}

async function createDatabase(server: LocalPostgres, name: string): Promise<void> {
  const client = await open(server.url('postgres'));
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
