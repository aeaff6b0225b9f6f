import { z } from 'zod';
import { SluiceError } from '../../../../core/errors.js';
import type { Position } from '../../../contract/feed.js';
import type { Query } from '../../sql-session.js';
import { parseTime } from '../server-time.js';
import { READ_VERSION } from './sql/state-sql.js';
import { toPosition } from './version.js';

const ROW = z.object({ version: z.string().nullable(), at: z.string() });

export interface PresentVersion {
  readonly position: Position;
  readonly at: Date;
}

/** The present version; null while Change Tracking is off. */
export async function readVersion(query: Query): Promise<PresentVersion | null> {
  const [row] = await query(READ_VERSION);
  const { version, at } = ROW.parse(row);
  return version === null ? null : { position: toPosition(version), at: parseTime(at) };
}

/**
 * The present version, which must not lie before `from`.
 *
 * @throws SluiceError SERVER_BUSY where it does: whoever reads begins again, and is told of the gap
 */
export async function readVersionFrom(query: Query, from: Position): Promise<PresentVersion> {
  const present = await readVersion(query);
  if (present !== null && present.position >= from) return present;
  const what = present === null ? 'was switched off' : 'went back to an earlier version';
  throw new SluiceError('SERVER_BUSY', `The Change Tracking of the source ${what}.`, {
    remedy: 'The feed is opened again, which says what has to be copied.',
  });
}
