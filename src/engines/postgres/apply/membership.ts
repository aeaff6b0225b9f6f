import type pg from 'pg';
import { SluiceError } from '../../../core/errors.js';
import type { LaneMember, LaneMembership } from '../../contract/lane.js';
import { SELECT_MEMBERS } from './sql/lane.js';

interface MemberRow {
  membership: string;
  table_id: string | null;
  source_schema: string;
  source_table: string;
  target_schema: string;
  target_table: string;
  applies: boolean;
  parks: boolean;
  parks_from: string | null;
  fold: boolean;
  lost: boolean;
}

/** Members and revision of one snapshot. */
export async function readMembership(
  client: pg.Client,
  laneId: string,
  replica: boolean,
): Promise<LaneMembership> {
  const { rows } = await client.query<MemberRow>(SELECT_MEMBERS, [laneId, replica]);
  const first = rows[0];
  if (first === undefined) {
    throw new SluiceError('STATE_MISSING', `Lane ${laneId} is not in the target any more.`, {
      remedy: 'Start the pipeline again.',
    });
  }
  const members = rows.flatMap((row) => (row.table_id === null ? [] : [member(row, row.table_id)]));
  return { revision: first.membership, members };
}

function member(row: MemberRow, tableId: string): LaneMember {
  return {
    tableId,
    source: { schema: row.source_schema, table: row.source_table },
    target: { schema: row.target_schema, table: row.target_table },
    applies: row.applies,
    parks: row.parks,
    parksFrom: row.parks_from,
    fold: row.fold,
    lost: row.lost,
  };
}
