import { z } from 'zod';
import { SluiceError } from '../../core/errors.js';
import type { Query } from './sql-session.js';

/**
 * READ_ONLY on a secondary too, as Microsoft's page on read-only routing asks it
 * (test/conformance/sqlserver/read-only: "says by Updateability whether it may be written to").
 */
const READ_UPDATEABILITY = `
SELECT CONVERT(nvarchar(20), DATABASEPROPERTYEX(DB_NAME(), 'Updateability')) AS updateability`;

const UPDATEABILITY_ROW = z.object({ updateability: z.string().nullable() });

export async function isPrimary(query: Query): Promise<boolean> {
  const [row] = await query(READ_UPDATEABILITY);
  return UPDATEABILITY_ROW.parse(row).updateability === 'READ_WRITE';
}

/**
 * What a table that is followed by a watermark is read from has to be the server that takes the
 * writes. A secondary does not know which transactions are open there, and may show less than the
 * one that was asked before: rows below the watermark that nobody would read again.
 *
 * @throws SluiceError SERVER_BUSY: after a failover the address may lead to the primary again
 */
export async function assertPrimary(query: Query): Promise<void> {
  if (await isPrimary(query)) return;
  throw new SluiceError(
    'SERVER_BUSY',
    'The source is a read-only secondary, where nobody sees which changes are still on their way: ' +
      'a table cannot be followed there by a watermark.',
    {
      remedy:
        'Name the primary or the listener without applicationIntent: readOnly, or load the table ' +
        'by the clock (mode: full). It is tried again.',
    },
  );
}
