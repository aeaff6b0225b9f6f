import type { StageRef } from '../../contract/full-sync.js';
import { readTargetTable } from '../apply/target-table.js';
import { quoteQualified } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { onlyRow } from '../state/state-db.js';
import { allowIdentity } from './sql/merge-sql.js';
import type { StageRecord } from './stage-record.js';
import { stageTable } from './stage-record.js';

/** All rows of the stage into the live table, beside those that are there. */
export async function insertStage(
  query: Query,
  stage: StageRef,
  record: StageRecord,
): Promise<number> {
  const live = await readTargetTable(query, stage.target);
  const written = live.columns.filter(
    (column) => record.columns.includes(column.name) && !column.generated,
  );
  const staged = stageTable(stage);
  const names = written.map(({ sql }) => sql).join(', ');
  const insert = `
INSERT INTO ${live.sql} (${names})
SELECT ${names}
  FROM ${quoteQualified(staged.schema, staged.table)};
SELECT CONVERT(bigint, @@ROWCOUNT) AS n;`;
  return Number(onlyRow(await query<{ n: string }>(allowIdentity(live.sql, written, insert))).n);
}
