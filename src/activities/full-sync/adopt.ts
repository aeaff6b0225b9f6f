/**
 * `existing: adopt`: a table starts from the rows that its target has. They are compared by digest
 * and only those that differ are written; no second copy is made. An epoch that adopts has no chunk
 * in its ledger, which is how its later steps know.
 *
 * The lane has parked the table since before the first row was compared. A row that changed since
 * then may be written twice, by the repair and by its parked change; the last one is the source's.
 */
import { displayName } from '../../core/names.js';
import { compareSides, type Comparison } from '../../core/verification.js';
import type { TableModel } from '../../engines/contract/schema.js';
import { asReader } from '../care.js';
import type { TableStepContext } from '../table-step.js';
import { verificationSide } from '../verify/verification-side.js';
import { digestRequests } from '../verify/verify-table.js';

/** Where more rows differ than this, a whole copy beside the table and a merge cost less. */
const MAX_DIFFERENCES = 1_000;
const MAX_ROWS_READ = 2_000;
/** Each finds what the one before could not list; then the next verification goes on. */
const MAX_ROUNDS = 20;

/** Whether the rows of the target are a start that is worth keeping. */
export async function canAdopt(context: TableStepContext, model: TableModel): Promise<boolean> {
  const { session, target, row } = context;
  if (session.settings(row.target, row.source).existing !== 'adopt') return false;
  if (row.epoch !== '1' || row.laneId === null || model.key === null) return false;
  // Rows are repaired from a source that the target can read by itself.
  if (session.sourceEngine().name !== session.targetEngine(row.target).name) return false;
  const owner = { pipeline: row.pipeline, target: row.target };
  const found = await target.schema.compareTable(model, row.targetTable, { heal: true, owner });
  if (!found.exists || found.rows === 'none') return false;
  return !(await compare(context, model)).more;
}

/** Nothing was planned to be copied: the target's own rows are the copy. */
export async function isAdopting({ session, target, row }: TableStepContext): Promise<boolean> {
  const { existing } = session.settings(row.target, row.source);
  if (existing !== 'adopt' || row.epoch !== '1') return false;
  return (await target.state.chunks.progress(row.tableId, row.epoch)).total === 0;
}

/** Write what differs. May be repeated: what is equal by then is not written again. */
export async function repairAdopted(context: TableStepContext): Promise<void> {
  const { session, target, row, run } = context;
  const model = await session.model(row);
  let written = 0;
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const { differences, more, sourceRows } = await compare(context, model);
    const keys = differences.map((difference) => difference.key);
    if (keys.length > 0) {
      written += await target.repairRows(model, row.targetTable, keys, row.laneId);
    }
    run.report({ compared: sourceRows, written });
    if (!more) break;
  }
  await target.state.journal.event({
    pipeline: row.pipeline,
    target: row.target,
    tableId: row.tableId,
    level: 'info',
    kind: 'adopt',
    message: `${displayName(row.targetTable)} was compared with its source; ${written} rows were written.`,
  });
}

function compare(context: TableStepContext, model: TableModel): Promise<Comparison> {
  const { session, source, target, row } = context;
  const requests = digestRequests(session, model, row, 'full');
  return asReader(session, () =>
    compareSides(
      verificationSide(source.verify, requests.source),
      verificationSide(target.verify, requests.target),
      { maxDifferences: MAX_DIFFERENCES, maxRowsRead: MAX_ROWS_READ },
    ),
  );
}
