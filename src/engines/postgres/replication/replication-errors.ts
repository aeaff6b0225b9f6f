import { SluiceError } from '../../../core/errors.js';
import { sqlStateOf, toPgError } from '../pg-errors.js';
import { gap } from './slot-check.js';

/**
 * What an error of a replication session means. The same SQLSTATE says different things before the
 * stream runs (about the slot) and while it runs (about a publication or the log).
 */
export function toReplicationError(
  thrown: unknown,
  started: boolean,
  slot: string,
  subject: string,
): SluiceError {
  const state = sqlStateOf(thrown);
  const vendorCode = state === undefined ? {} : { vendorCode: state };
  if (state === '58P01') return gap(`Log that the replication slot ${slot} needs is gone.`);
  if (state === '42704' && !started) return gap(`The replication slot ${slot} does not exist.`);
  if (state === '42704') {
    const message = `A publication that ${subject} is read through does not exist (any more).`;
    return new SluiceError('FEED_CHANGED', message, {
      remedy: 'Run check; a publication created later than the position needs a resync.',
      ...vendorCode,
    });
  }
  if (state === '55000') {
    const message = `The replication slot ${slot} on ${subject} cannot be read.`;
    return new SluiceError(started ? 'FEED_GAP' : 'FEED_NOT_ENABLED', message, {
      remedy: 'Run check: it reads wal_level, wal_status and invalidation_reason of the slot.',
      ...vendorCode,
    });
  }
  return toPgError(thrown, subject);
}
