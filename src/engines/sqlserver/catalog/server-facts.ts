import { z } from 'zod';
import type { Query } from '../sql-session.js';
import { readRows } from './read-rows.js';
import { SERVER_FACTS } from './sql/server.js';

/** SERVERPROPERTY('EngineEdition'). */
const AZURE_DATABASE = 5;
const MANAGED_INSTANCE = 8;

const factsRow = z.object({
  edition: z.number(),
  editionName: z.string(),
  version: z.string(),
  server: z.string(),
  database: z.string(),
  databaseId: z.number(),
  created: z.string(),
  groupDatabase: z.string().nullable(),
  collation: z.string().nullable(),
  compatibility: z.number(),
});

export interface ServerFacts extends z.infer<typeof factsRow> {
  readonly kind: 'server' | 'managed instance' | 'azure database';
  /** 13 is SQL Server 2016, 16 is 2022. What is on Azure has everything that is out. */
  readonly major: number;
}

const NEWEST = 99;

/** The one place that asks what kind of server it is, and of which version. */
export async function readServerFacts(query: Query): Promise<ServerFacts> {
  const [row] = await readRows(query, SERVER_FACTS, factsRow);
  if (row === undefined) throw new TypeError('A database does not find itself in sys.databases.');
  const kind =
    row.edition === AZURE_DATABASE
      ? 'azure database'
      : row.edition === MANAGED_INSTANCE
        ? 'managed instance'
        : 'server';
  // Azure calls every version 12, whatever it can do.
  const major = kind === 'server' ? Number(row.version.split('.')[0]) : NEWEST;
  return { ...row, kind, major };
}
