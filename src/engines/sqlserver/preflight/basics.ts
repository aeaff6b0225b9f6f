import { z } from 'zod';
import { flag, readRows } from '../catalog/read-rows.js';
import type { ServerFacts } from '../catalog/server-facts.js';
import { readServerFacts } from '../catalog/server-facts.js';
import type { Query } from '../sql-session.js';
import { READ_BASICS } from './sql/basics.js';

const basicsRow = z.object({
  login: z.string(),
  user: z.string(),
  snapshotIsolation: z.number(),
  readCommittedSnapshot: flag,
  recoveryModel: z.string(),
  logReuseWait: z.string(),
  cdc: flag,
  updateability: z.string().nullable(),
  hasState: flag,
  isSysadmin: flag,
  mayViewDefinition: flag,
  mayViewState: flag,
  mayViewServerState: flag,
  mayCreateTable: flag,
  mayCreateSchema: flag,
  mayAlter: flag,
  mayReadCdc: flag,
});

export interface Basics extends z.infer<typeof basicsRow> {
  readonly facts: ServerFacts;
}

export async function readBasics(query: Query): Promise<Basics> {
  const facts = await readServerFacts(query);
  const [row] = await readRows(query, READ_BASICS, basicsRow);
  if (row === undefined) throw new TypeError('A database does not find itself in sys.databases.');
  return { ...row, facts };
}
