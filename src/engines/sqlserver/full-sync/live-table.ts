import { z } from 'zod';
import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { StageRef } from '../../contract/full-sync.js';
import { flag, readRows } from '../catalog/read-rows.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { anyRowSql, LIVE_TABLE, RESHAPED, USERS } from './sql/live-table.js';
import { stageTable } from './stage-record.js';

export interface LiveTable {
  readonly there: boolean;
  /** Sluice made it. */
  readonly ours: boolean;
  readonly empty: boolean;
  /** What hangs on the table and would be lost with it; null: nothing. */
  readonly hanging: string | null;
  /** Why its rows can not be exchanged by TRUNCATE and SWITCH; null: they can. */
  readonly unswitchable: string | null;
  /** Why the server would refuse to truncate it, or others would lose their place; null: it can. */
  readonly untruncatable: string | null;
  /** A table whose rows an enabled foreign key deletes or changes where rows of this one go. */
  readonly actsOn: string | null;
  readonly hasKey: boolean;
  readonly partitioned: boolean;
}

const liveRow = z.object({
  id: z.number(),
  referenced: flag,
  actsOn: z.string().nullable(),
  refers: flag,
  cdc: flag,
  published: flag,
  tracked: flag,
  temporal: flag,
  triggers: flag,
  granted: flag,
  special: flag,
  hasKey: flag,
  partitioned: flag,
  ours: flag,
  maySeeUsers: flag,
});
const usersRow = z.object({ used: flag, indexedViews: flag });

type LiveRow = z.infer<typeof liveRow>;
type Traits = Omit<LiveRow, 'id' | 'actsOn'> & z.infer<typeof usersRow>;
type Trait = keyof Traits;
type Reason = readonly [trait: Trait, reason: string];

/**
 * Most of them the server refuses to empty, the first with 4712 (test/conformance/sqlserver/partitions:
 * "is refused out of a table whose keys a foreign key refers to").
 */
const UNTRUNCATABLE: readonly Reason[] = [
  ['referenced', 'a foreign key of another table refers to it'],
  ['cdc', 'Change Data Capture follows it'],
  ['tracked', 'Change Tracking follows it'],
  ['published', 'it is published for replication'],
  ['temporal', 'it is a temporal table'],
  ['indexedViews', 'an indexed view uses it'],
];

const UNSWITCHABLE: readonly Reason[] = [
  ...UNTRUNCATABLE,
  ['refers', 'it has foreign keys, which its stage has not'],
  ['special', 'it has an XML or spatial index'],
];

const HANGING: readonly Reason[] = [
  ...UNSWITCHABLE,
  ['used', 'a view, function or procedure uses it'],
  ['triggers', 'it has a trigger'],
  ['granted', 'rights on it were granted'],
];

const NOT_THERE: LiveTable = {
  ...{ there: false, ours: false, empty: true, hasKey: false, partitioned: false },
  ...{ hanging: null, unswitchable: null, untruncatable: null, actsOn: null },
};

/** The table as it is at the moment; inside a transaction that holds its lock it stays so. */
export async function readLiveTable(query: Query, name: TableName): Promise<LiveTable> {
  const [row] = await readRows(query, LIVE_TABLE, liveRow, [
    param.nvarchar('schema', name.schema),
    param.nvarchar('table', name.table),
    param.nvarchar('object', displayName(name)),
  ]);
  if (row === undefined) return NOT_THERE;
  const traits = { ...row, ...(await readUsers(query, row)) };
  const [any] = await query<{ n: number }>(anyRowSql(quoteQualified(name.schema, name.table)));
  return {
    there: true,
    empty: any?.n === 0,
    ours: row.ours,
    hasKey: row.hasKey,
    partitioned: row.partitioned,
    hanging: firstOf(HANGING, traits),
    unswitchable: firstOf(UNSWITCHABLE, traits),
    untruncatable: firstOf(UNTRUNCATABLE, traits),
    actsOn: row.actsOn,
  };
}

/**
 * Asked only where the answer is sure to come: a refusal would end the transaction. What is bound to
 * the table keeps it all the same (3729), and all else finds the new one by its name.
 */
async function readUsers(
  query: Query,
  { id, maySeeUsers }: LiveRow,
): Promise<z.infer<typeof usersRow>> {
  const rows = maySeeUsers ? await readRows(query, USERS, usersRow, [param.int('id', id)]) : [];
  return rows[0] ?? { used: false, indexedViews: false };
}

function firstOf(reasons: readonly Reason[], traits: Traits): string | null {
  return reasons.find(([trait]) => traits[trait])?.[1] ?? null;
}

/** The stage has a column that the live table lacks or has with another type. */
export async function isReshaped(query: Query, stage: StageRef): Promise<boolean> {
  const staged = stageTable(stage);
  const { schema, table } = stage.target;
  const [row] = await query<{ n: number }>(RESHAPED, [
    param.nvarchar('stage', quoteQualified(staged.schema, staged.table)),
    param.nvarchar('live', quoteQualified(schema, table)),
  ]);
  return row?.n !== 0;
}
