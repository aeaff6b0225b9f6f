import { SluiceError } from '../../../core/errors.js';
import type { LaneMember, LaneMembership } from '../../contract/lane.js';
import type { Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { ENSURE_FEEDS, SELECT_MEMBERS } from './sql/lane.js';

interface MemberRecord extends Record<string, unknown> {
  membership: string;
  table_id: string | null;
  source_schema: string;
  source_table: string;
  target_schema: string;
  target_table: string;
  applies: boolean;
  parks: boolean;
  parks_from: string | null;
  fold: number;
  lost: number;
}

/**
 * Members and revision. Whoever changes the members does so under the lane's row lock and raises
 * the revision with it, so a list that was read in between is refused by the next batch.
 */
export async function readMembership(query: Query, laneId: string): Promise<LaneMembership> {
  const lane = [param.bigint('lane', laneId)];
  await query(ENSURE_FEEDS, lane);
  const rows = await query<MemberRecord>(SELECT_MEMBERS, lane);
  const first = rows[0];
  if (first === undefined) {
    throw new SluiceError('STATE_MISSING', `Lane ${laneId} is not in the target any more.`, {
      remedy: 'Start the pipeline again.',
    });
  }
  const members = rows.flatMap((row) => (row.table_id === null ? [] : [member(row, row.table_id)]));
  return { revision: first.membership, members };
}

function member(row: MemberRecord, tableId: string): LaneMember {
  return {
    tableId,
    source: { schema: row.source_schema, table: row.source_table },
    target: { schema: row.target_schema, table: row.target_table },
    applies: row.applies,
    parks: row.parks,
    parksFrom: row.parks_from,
    fold: row.fold === 1,
    lost: row.lost === 1,
  };
}
