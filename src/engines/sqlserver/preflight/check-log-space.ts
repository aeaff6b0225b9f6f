import { z } from 'zod';
import type { Finding } from '../../contract/schema.js';
import { readRows } from '../catalog/read-rows.js';
import type { Query } from '../sql-session.js';
import { unlessHidden } from '../unless-hidden.js';
import type { Basics } from './basics.js';
import { finding } from './findings.js';
import { READ_LOG_SPACE } from './sql/state.js';

const spaceRow = z.object({ bytes: z.number(), usedPercent: z.number() });

/** Above it a copy of some size would have little room left. */
const NEARLY_FULL_PERCENT = 70;
const BYTES_PER_MB = 1024 * 1024;

/** Why the log is not cut off, for the reasons that end only when somebody acts. */
const WAITS: Readonly<Record<string, string>> = {
  LOG_BACKUP: 'a log backup. Run BACKUP LOG regularly, or set the recovery model to SIMPLE',
  ACTIVE_TRANSACTION:
    'a transaction that has been open for long. Look for it in sys.dm_tran_active_transactions',
  REPLICATION: 'the capture job or replication. Look whether it runs',
  AVAILABILITY_REPLICA: 'a secondary replica. Look whether it is connected',
  DATABASE_MIRRORING: 'a mirror. Look whether it is connected',
};

/** On a server a right of the server, on Azure SQL Database one of the database. */
function maySeeLog({ facts, mayViewState, mayViewServerState }: Basics): boolean {
  return facts.kind === 'azure database' ? mayViewState : mayViewServerState;
}

/** A copy is written to the log in full; 9002 (log full) would stop it in the middle. */
export async function checkLogSpace(query: Query, basics: Basics): Promise<Finding[]> {
  const { facts, logReuseWait, recoveryModel } = basics;
  const code = 'target.log-space';
  if (!maySeeLog(basics)) return [];
  const [space] = (await unlessHidden(async () => readRows(query, READ_LOG_SPACE, spaceRow))) ?? [];
  if (space === undefined) return [];
  const size = `${String(Math.round(space.bytes / BYTES_PER_MB))} MB`;
  const used = `The log of ${facts.database} (${size}, recovery model ${recoveryModel}) is ${String(Math.round(space.usedPercent))} % full.`;
  if (space.usedPercent < NEARLY_FULL_PERCENT) return [finding('ok', code, facts.database, used)];
  const wait = WAITS[logReuseWait];
  const message = wait === undefined ? used : `${used} It waits for ${wait.split('. ')[0] ?? ''}.`;
  const remedy = `${wait?.split('. ')[1] ?? 'Give it more room'}; a copy that finds the log full waits and goes on.`;
  return [finding('warning', code, facts.database, message, remedy)];
}
