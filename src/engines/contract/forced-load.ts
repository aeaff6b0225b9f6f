import { exactPattern } from '../../core/names.js';
import type { CommandRow } from '../../state/store.js';

/** Ids of commands that come of the flag begin so; they are answered by the flag itself. */
export const FORCED = 'f';

/** A table whose `force_full_load` a person has set. */
export interface ForcedRecord {
  readonly id: string;
  readonly epoch: string;
  readonly source_schema: string;
  readonly source_table: string;
}

export function forcedLoad(pipeline: string, row: ForcedRecord): CommandRow {
  return {
    commandId: `${FORCED}${row.id}-${row.epoch}`,
    command: 'resync',
    pipeline,
    tableName: exactPattern({ schema: row.source_schema, table: row.source_table }),
    reason: 'force_full_load is set',
    requestedBy: 'SQL',
  };
}
