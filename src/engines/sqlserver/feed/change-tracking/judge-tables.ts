import type { TableName } from '../../../../core/names.js';
import { displayName } from '../../../../core/names.js';
import type { TrackedTable } from './tracked-tables.js';

/** A table whose changes can be read, and since when. */
export interface ReadableTable {
  readonly table: TrackedTable;
  readonly from: bigint;
}

export interface LostTable {
  readonly table: TableName;
  readonly reason: string;
}

export interface Judgement {
  readonly readable: readonly ReadableTable[];
  readonly lost: readonly LostTable[];
}

/**
 * Which of the tables still have all changes since `from`. A table whose tracking began later is
 * read from there on: it is copied after that. Where it was known before and began again, it was
 * truncated or switched off and on (test/conformance/sqlserver/change-tracking: "begins anew where it
 * was off and on"), and what happened meanwhile is not told by anybody.
 *
 * @param known where tracking of each table began when it was last looked at, by its name
 */
export function judgeTables(
  tables: readonly TrackedTable[],
  from: bigint,
  known: ReadonlyMap<string, bigint>,
): Judgement {
  const readable: ReadableTable[] = [];
  const lost: LostTable[] = [];
  for (const table of tables) {
    const reason = lossOf(table, from, known.get(displayName(table.name)));
    if (reason !== null) lost.push({ table: table.name, reason });
    const start = table.beginVersion > from ? table.beginVersion : from;
    if (table.minValid === null) continue;
    // What is left is read all the same: the table may be at work on its new copy.
    readable.push({ table, from: start > table.minValid ? start : table.minValid });
  }
  return { readable, lost };
}

function lossOf(table: TrackedTable, from: bigint, known: bigint | undefined): string | null {
  const { beginVersion, minValid } = table;
  if (minValid === null) {
    return 'this login may not see its changes any more: GRANT VIEW CHANGE TRACKING';
  }
  if (known !== undefined && known !== beginVersion) {
    return 'it was truncated, or its Change Tracking was switched off and on';
  }
  const needed = beginVersion > from ? beginVersion : from;
  if (minValid <= needed) return null;
  return 'the clean-up of Change Tracking removed changes that were not read yet';
}
