import { SluiceError } from '../../../core/errors.js';
import type { Lsn } from './lsn.js';
import { LSN_NONE, parseLsn } from './lsn.js';

/** What pg_replication_slots says of a slot; null columns as PostgreSQL gives them. */
export interface SlotState {
  readonly plugin: string | null;
  readonly walStatus: string | null;
  readonly confirmedFlushLsn: string | null;
  /** Of this database, not of another one in the same server. */
  readonly isHere: boolean;
}

/**
 * START_REPLICATION behind a slot's confirmed position is moved forward by the server without a
 * word, and rows are lost; so a slot is looked at first.
 *
 * @throws SluiceError FEED_GAP or FEED_CHANGED when the slot does not continue at `from`
 */
export function assertSlotContinues(slot: string, state: SlotState | undefined, from: Lsn): void {
  if (state === undefined) throw gap(`The replication slot ${slot} does not exist.`);
  if (state.plugin !== 'pgoutput' || !state.isHere) {
    const what = 'is not a pgoutput slot of this database';
    throw new SluiceError('FEED_CHANGED', `The replication slot ${slot} ${what}.`, {
      remedy: 'Name another slot in the configuration, or drop this one if nothing uses it.',
    });
  }
  if (state.walStatus === 'lost') {
    throw gap(`The replication slot ${slot} was invalidated: its log is gone.`);
  }
  const confirmed = state.confirmedFlushLsn === null ? LSN_NONE : parseLsn(state.confirmedFlushLsn);
  if (from !== LSN_NONE && from < confirmed) {
    throw gap(`The replication slot ${slot} has moved past the position kept in the target.`);
  }
}

export function gap(message: string): SluiceError {
  return new SluiceError('FEED_GAP', message, {
    remedy: 'Resync the tables of this pipeline: changes between the two positions are lost.',
  });
}
