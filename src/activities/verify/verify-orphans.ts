/**
 * Foreign keys between replicated tables are there on the target and not enforced by the applier:
 * a verification looks whether they hold, for the rows that it covers.
 */
import { displayName, type TableName } from '../../core/names.js';
import type { NeutralForeignKey } from '../../core/neutral-table.js';
import type { OrphanRequest } from '../../engines/contract/verify.js';
import type { TableModel } from '../../engines/contract/schema.js';
import type { TableRow } from '../../state/store.js';
import { asReader } from '../care.js';
import { arrived, follows, type VerifyContext } from './verify-settle.js';

/**
 * Where readers take locks instead of snapshots, a look may see one row before and the other after
 * a transaction that changed both.
 */
const LOOKS = 3;
const BETWEEN_LOOKS_MS = 100;

export interface Orphans {
  /** What does not hold, as part of a sentence for each foreign key. */
  readonly faults: readonly string[];
  /** The same of what nobody can tell now. */
  readonly open: readonly string[];
}

const NONE: Orphans = { faults: [], open: [] };

export async function findOrphans(
  context: VerifyContext,
  model: TableModel,
  lastRows: number | null,
): Promise<Orphans> {
  const { row, target } = context;
  const { foreignKeys } = model.neutral;
  // Only a lane brings two tables to one moment.
  if (row.laneId === null || model.key === null || foreignKeys.length === 0) return NONE;
  const rows = await target.state.tables.list(row.pipeline);
  const faults: string[] = [];
  const open: string[] = [];
  for (const foreignKey of foreignKeys) {
    const parent = rows.find((one) => isParent(one, row, foreignKey.references));
    if (parent === undefined) continue;
    const found = await settledOrphans(context, row.laneId, {
      source: requestOf(foreignKey, model.key, lastRows, row.source, parent.source),
      target: requestOf(foreignKey, model.key, lastRows, row.targetTable, parent.targetTable),
    });
    // Only what was found has to hold.
    const holds = !found || ((await follows(target, row)) && (await follows(target, parent)));
    const count = holds ? found : null;
    const what = `what foreign key ${foreignKey.name} names in ${displayName(parent.source)}`;
    const lack = count === 1 ? '1 row lacks' : `${String(count)} rows lack`;
    if (count === null) open.push(`whether rows lack ${what} could not be settled`);
    else if (count > 0) faults.push(`${lack} ${what}`);
  }
  return { faults, open };
}

/** A table that is out of step may lack rows for a while. */
function isParent(one: TableRow, child: TableRow, references: TableName): boolean {
  const { source, phase, laneId, target } = one;
  const same = source.schema === references.schema && source.table === references.table;
  return same && phase === 'streaming' && laneId === child.laneId && target === child.target;
}

function requestOf(
  { columns, referencedColumns }: NeutralForeignKey,
  key: readonly string[],
  lastRows: number | null,
  table: TableName,
  parent: TableName,
): OrphanRequest {
  return { table, columns, parent, parentColumns: referencedColumns, key, lastRows };
}

/**
 * Orphans that stay although nothing is on its way, beyond those that the source has itself; null
 * where what is on its way did not come in time.
 */
async function settledOrphans(
  context: VerifyContext,
  laneId: string,
  requests: { readonly source: OrphanRequest; readonly target: OrphanRequest },
): Promise<number | null> {
  const { session, source, target, run } = context;
  if (run.dueToReturn()) return null;
  let fewest = await target.verify.orphans(requests.target);
  if (fewest === 0) return 0;
  // What the source has itself only compares over the same rows.
  const anywhere = context.requests.alike ? {} : { lastRows: null };
  const here = { ...requests.target, ...anywhere };
  const there = { ...requests.source, ...anywhere };
  // What is on its way is no fault.
  if (!(await arrived(context, laneId))) return null;
  fewest = Infinity;
  for (let looks = 0; looks < LOOKS && fewest > 0; looks++) {
    if (looks > 0) await run.pause(BETWEEN_LOOKS_MS);
    fewest = Math.min(fewest, await target.verify.orphans(here));
  }
  if (fewest === 0) return 0;
  const atSource = await asReader(session, () => source.verify.orphans(there));
  return Math.max(0, fewest - atSource);
}
