import type { Change } from '../../../core/change.js';
import type { Image } from '../../../core/cell.js';
import { netRows, touchedRows } from '../../../core/whole-rows.js';
import type { CatchUpTools } from './drain-stage.js';
import { CatchUp, fetchRows } from './drain-stage.js';
import { valuesUnknown } from '../../contract/source-fetch.js';
import type { StagedRow } from './staged-rows.js';
import { keyIndexes, unknownColumns } from './staged-rows.js';
import type { TablePlan } from './table-plan.js';

/**
 * Apply changes that bring whole rows to a table that is being copied. What they come to at a key is
 * known only by all changes of a transaction, as rows may share a key until it ends. Where rows came
 * to a key and left it again, it may have been one that was there before and is there again, and
 * the copy may have read the key in between two transactions: the source knows.
 *
 * @param together these are whole transactions; else the source is asked for all of their keys
 * @throws SluiceError FEED_GAP where the source would have to be asked and cannot be
 */
export async function applyWholeRows(
  tools: CatchUpTools,
  plan: TablePlan,
  changes: readonly Change[],
  together: boolean,
): Promise<void> {
  const key = keyIndexes(plan);
  const net = together ? netRows(changes, key) : [];
  const unsure = together
    ? net.filter((one) => one.kind === 'same' && !one.known).map(({ row }) => row)
    : touchedRows(changes, key);
  const now = await fetchRows(tools, plan, unsure);
  const rows: StagedRow[] = [
    ...net.filter(({ kind }) => kind === 'gone').map(({ row }) => gone(row)),
    ...unsure.filter((_, n) => now[n] === null).map(gone),
    ...net
      .filter((one) => one.kind === 'put' || (one.kind === 'same' && one.known))
      .map(({ row }) => put(row)),
    ...now.filter((row) => row !== null).map(put),
  ];
  if (rows.some(({ row }) => unknownColumns(plan, row).length > 0)) {
    throw valuesUnknown(tools.member.source);
  }
  const run = await CatchUp.begin(tools, plan, rows);
  await run.removeGone();
  await run.put();
}

function gone(row: Image): StagedRow {
  return { op: 'e', find: row, row: null };
}

function put(row: Image): StagedRow {
  return { op: 'u', find: row, row };
}
