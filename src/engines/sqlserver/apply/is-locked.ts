import { setTimeout as rest } from 'node:timers/promises';
import { z } from 'zod';
import type { TableName } from '../../../core/names.js';
import { SluiceError } from '../../../core/errors.js';
import { readRows } from '../catalog/read-rows.js';
import { quoteQualified } from '../sql/quote.js';
import type { MsSession } from '../sql-session.js';
import { param } from '../sql-session.js';
import { unlessHidden } from '../unless-hidden.js';
import { isFreeSql, SELECT_LONG_HOLDER } from './sql/is-locked.js';

/** As long as a lane waits for a lock: who holds one for longer would make it wait in vain again. */
const LONG_S = 10;
/** Writers that come and go leave gaps; so often one is looked for where nobody may be named. */
const TRIES = 10;
const BETWEEN_TRIES_MS = 50;

const holderRow = z.object({ session: z.number() });

/**
 * Whether somebody keeps writers of a table waiting: one transaction for long, not many in turn. The
 * table itself is asked first, by statements that do not wait for anybody. What the server lists of
 * its locks takes VIEW SERVER STATE; a login without it takes a table for locked that others write
 * to without a gap.
 */
export async function isLocked(session: MsSession, table: TableName): Promise<boolean> {
  const name = quoteQualified(table.schema, table.table);
  if (await isFree(session, name)) return false;
  const params = [param.nvarchar('table', name), param.int('seconds', LONG_S)];
  const holders = await unlessHidden(async () =>
    readRows(session.query, SELECT_LONG_HOLDER, holderRow, params),
  );
  if (holders !== null) return holders.length > 0;
  for (let tries = 1; tries < TRIES; tries += 1) {
    await rest(BETWEEN_TRIES_MS);
    if (await isFree(session, name)) return false;
  }
  return true;
}

async function isFree(session: MsSession, name: string): Promise<boolean> {
  try {
    await session.query(isFreeSql(name));
    return true;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    if (error.code === 'LOCK_TIMEOUT') return false;
    // Gone, or not to be read: no matter of locks. Its lane will say so when it comes back.
    if (error.kind === 'permanent') return true;
    throw error;
  }
}
