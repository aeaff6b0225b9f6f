import { SluiceError } from '../../../core/errors.js';
import type { FeedPlace } from '../../contract/full-sync.js';
import { NO_LSN } from '../feed/cdc/lsn.js';
import { readMaxLsn } from '../feed/cdc/window.js';
import { readVersion } from '../feed/change-tracking/read-version.js';
import type { MsSession } from '../sql-session.js';

/**
 * Read-only routing gives each session to any readable secondary of an availability group, and one
 * that redoes its log late does not show what was committed before the place from which changes are
 * kept: rows that nobody would bring later. What its feed's own tables have reached, its other tables
 * show too, as both come by one log.
 *
 * @throws SluiceError SERVER_BUSY
 */
export async function assertNotBehind(session: MsSession, keptFrom: FeedPlace): Promise<void> {
  const reached = await endOf(session, keptFrom);
  if (reached !== null && reached >= keptFrom.position) return;
  throw new SluiceError(
    'SERVER_BUSY',
    'The server that the rows are read from lags behind the one that the changes are read from.',
    {
      remedy:
        'It is tried again. If it stays so, look at the redo queue of the secondary, or read from ' +
        'the primary (applicationIntent: readWrite).',
    },
  );
}

async function endOf({ query }: MsSession, { kind }: FeedPlace): Promise<string | null> {
  if (kind === 'cdc') return (await readMaxLsn(query)) ?? NO_LSN;
  return (await readVersion(query))?.position ?? null;
}
