/**
 * Care for the source (spec section 2): how many read at a time, how many rows per second, and
 * when copies wait. Limits count per pipeline's source and worker process.
 */
import { RowBudget } from '../core/care.js';
import type { PipelineSession } from '../session/pipeline-session.js';
import { whyCopiesWait } from '../session/why-copies-wait.js';
import type { TableStepContext } from './table-step.js';

/** So long an answer about the source's load counts for all who want to read. */
const ASK_EVERY_MS = 5_000;
/** Then the caller looks at its own orders (pause, limit) before it waits again. */
const WAIT_MS = 2_000;

/** What the readers of one source share. */
class SharedCare {
  readonly #waiting: (() => void)[] = [];
  #readers = 0;
  budget: RowBudget | null = null;
  budgetRows = 0;
  askedAt = 0;
  reason: Promise<string | null> = Promise.resolve(null);

  async reading<T>(max: number, work: () => Promise<T>): Promise<T> {
    while (this.#readers >= max) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#readers += 1;
    try {
      return await work();
    } finally {
      this.#readers -= 1;
      this.#waiting.shift()?.();
    }
  }
}

const shared = new Map<string, SharedCare>();

function careOf(session: PipelineSession): SharedCare {
  const id = `${session.pipeline} ${session.config.source.connection}`;
  const known = shared.get(id) ?? new SharedCare();
  shared.set(id, known);
  return known;
}

/** Run one read of the source; at most `care.maxReaders` of them at a time. */
export async function asReader<T>(session: PipelineSession, work: () => Promise<T>): Promise<T> {
  return careOf(session).reading(session.config.source.care.maxReaders, work);
}

/**
 * Whether a chunk may be read now, or none is left, which needs no source. When not, it has waited
 * for a moment and said why: look at the table's orders and ask again.
 */
export async function mayCopy(
  context: TableStepContext,
  isAnyLeft: () => Promise<boolean>,
): Promise<boolean> {
  const { session, run, row, target } = context;
  const care = careOf(session);
  const now = Date.now();
  if (now - care.askedAt >= ASK_EVERY_MS) {
    care.askedAt = now;
    care.reason = whyCopiesWait(session, context.source);
  }
  const reason = await care.reason;
  if (reason === null || !(await isAnyLeft())) return true;
  run.report({ waitingFor: reason });
  if (said.get(context) !== reason) {
    said.set(context, reason);
    await target.state.journal.event({
      pipeline: row.pipeline,
      target: row.target,
      tableId: row.tableId,
      level: 'info',
      kind: 'copy.waits',
      message: `The copy waits: ${reason}.`,
    });
  }
  await run.pause(WAIT_MS);
  return false;
}

/** What was last said in a step, so that it is said once. */
const said = new WeakMap<TableStepContext, string>();

/** Pay for rows that a copy has read: waits until the source may be read again. */
export async function payForRows(context: TableStepContext, rows: number): Promise<void> {
  const { maxRowsPerSecond } = context.session.config.source.care;
  if (maxRowsPerSecond === undefined) return;
  const care = careOf(context.session);
  if (care.budget === null || care.budgetRows !== maxRowsPerSecond) {
    care.budget = new RowBudget(maxRowsPerSecond, Date.now());
    care.budgetRows = maxRowsPerSecond;
  }
  const waitMs = care.budget.spend(rows, Date.now());
  if (waitMs > 0) await context.run.pause(waitMs);
}
