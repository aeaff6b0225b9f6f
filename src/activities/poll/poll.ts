/** Tables that follow by a loop of their own: by a watermark column, or loaded again by the clock. */
import { SluiceError } from '../../core/errors.js';
import { displayName } from '../../core/names.js';
import { REFRESH_DUE } from '../../core/protocol.js';
import { refreshDueAt } from '../../core/refresh-due.js';
import type { TableModel } from '../../engines/contract/schema.js';
import type { TableRow } from '../../state/store.js';
import { asReader } from '../care.js';
import type { TableStepContext } from '../table-step.js';
import { Sweep } from './sweep.js';

/** Rows of one read and one target transaction. */
const PAGE_ROWS = 50_000;
/** A table that is only loaded again by the clock looks at its orders this often. */
const REST_MS = 10_000;

/**
 * One long activity: a look every `poll.incremental`, until the next border, a change of the
 * configuration or of what is wanted, or until the next full load is due.
 */
export async function pollTable(
  context: TableStepContext,
): Promise<{ rows: number; detail: string }> {
  const { session, row, run, target } = context;
  const settings = session.settings(row.target, row.source);
  const revision = await revisionOf(context);
  const dueAt = await refreshTime(context);
  const watermark = row.mode === 'incremental' ? await WatermarkPoll.begin(context) : null;
  let rows = 0;
  while (!run.dueToReturn()) {
    if (dueAt !== null && Date.now() >= dueAt) return { rows, detail: REFRESH_DUE };
    const present = await target.state.tables.get(row.tableId);
    if (present === null || !isOurs(present, row)) return { rows, detail: 'asked to stop' };
    if ((await revisionOf(context)) !== revision) return { rows, detail: 'new configuration' };
    if (watermark !== null && (await watermark.wasEmptied(present))) {
      return { rows, detail: REFRESH_DUE };
    }
    rows += (await watermark?.round(present)) ?? 0;
    run.report({ rows, watermark: watermark === null ? null : 'followed' });
    const pauseMs = watermark === null ? REST_MS : settings.poll.incremental;
    await run.pause(Math.min(pauseMs, Math.max(0, (dueAt ?? Infinity) - Date.now())));
  }
  return { rows, detail: 'border' };
}

function isOurs(present: TableRow, row: TableRow): boolean {
  return present.wanted === 'run' && present.phase === 'streaming' && present.epoch === row.epoch;
}

async function revisionOf({ target, row }: TableStepContext): Promise<string | null> {
  const current = await target.state.pipelines.current(row.pipeline, row.target);
  return current?.revision ?? null;
}

async function refreshTime(context: TableStepContext): Promise<number | null> {
  const { session, target, row } = context;
  const { refresh } = session.settings(row.target, row.source);
  if (refresh === undefined) return null;
  const startedAt = await target.state.chunks.startedAt(row.tableId, row.epoch);
  return refreshDueAt(refresh, startedAt ?? row.phaseSince)?.getTime() ?? null;
}

/** What one activity keeps of a table that follows by its watermark. */
class WatermarkPoll {
  #model: TableModel;
  readonly #sweep: Sweep | null;

  private constructor(
    private readonly context: TableStepContext,
    private readonly column: string,
    private readonly fence: string,
    model: TableModel,
  ) {
    this.#model = model;
    const { deletes, sweepEvery } = this.#settings();
    this.#sweep = deletes === 'sweep' ? new Sweep(context, sweepEvery) : null;
  }

  static async begin(context: TableStepContext): Promise<WatermarkPoll> {
    const { session, source, target, row } = context;
    const { column } = session.settings(row.target, row.source).watermark;
    if (column === undefined) throw noColumn(row);
    const model = await session.model(row);
    for (const finding of await source.watermark.findings(model, column)) {
      if (finding.severity === 'ok' || finding.severity === 'info') continue;
      await target.state.journal.event({
        pipeline: row.pipeline,
        target: row.target,
        tableId: row.tableId,
        level: 'warning',
        kind: finding.code,
        message: finding.message,
      });
    }
    const fence = await target.state.tables.claim(row.tableId);
    const poll = new WatermarkPoll(context, column, fence, model);
    await poll.#removeMarked();
    return poll;
  }

  /**
   * `mode: smart`: a table that had rows and has none now is loaded from the start. Where the source
   * is empty too there is nothing to load.
   */
  async wasEmptied(present: TableRow): Promise<boolean> {
    const { mode, deletes } = this.#settings();
    // Without its marked rows a target may be empty for good.
    if (mode !== 'smart' || deletes === 'softDeleteColumn') return false;
    if (present.watermark === null) return false;
    const { source, target } = this.context;
    const highest = await target.watermark.highest(this.#model, this.#stage(), this.column);
    if (highest !== null) return false;
    const { overlap } = this.#settings().watermark;
    return (await source.watermark.upperBound(this.#model, this.column, null, overlap)) !== null;
  }

  /** Read everything that is safe to read, in pages; returns the rows that were written. */
  async round(present: TableRow): Promise<number> {
    const { session, row } = this.context;
    if (present.sourceFingerprint !== this.#model.fingerprint) {
      this.#model = await session.model(row);
    }
    let written: number;
    try {
      written = await this.#readOn(present);
    } catch (error) {
      // A deleted row that is still on the target may hold a unique value that was given away.
      if (this.#sweep === null || !isRejected(error)) throw error;
      await this.#sweep.run(this.#model);
      written = await this.#readOn(present);
    }
    if (this.#sweep?.isDue() === true) written += await this.#sweep.run(this.#model);
    return written;
  }

  async #readOn(present: TableRow): Promise<number> {
    const { source, run } = this.context;
    const { overlap } = this.#settings().watermark;
    const column = this.column;
    const known = present.watermark ?? (await this.#fromTarget(present));
    let from =
      known === null ? null : await source.watermark.minus(this.#model, column, known, overlap);
    const to = await source.watermark.upperBound(this.#model, column, from, overlap);
    let written = 0;
    while (to !== null) {
      const range = { column, from, to };
      const end = await source.watermark.pageEnd(this.#model, range, PAGE_ROWS);
      written += await this.#copyPage({ column, from, to: end });
      run.report({ rows: written });
      if (end === to || run.dueToReturn()) break;
      from = end;
    }
    return written;
  }

  /**
   * Without a full sync of our own the rows of the target say where to go on. After one, no
   * watermark means that none was safe when it began: then everything is compared once.
   */
  async #fromTarget(present: TableRow): Promise<string | null> {
    if (present.epoch !== '0') return null;
    return this.context.target.watermark.highest(this.#model, this.#stage(), this.column);
  }

  async #copyPage(range: { column: string; from: string | null; to: string }): Promise<number> {
    const { source, target, session } = this.context;
    const understood = target.fullSync.wires(this.#model);
    const wire = source.fullSync.wires(this.#model).find((name) => understood.includes(name));
    const soft = this.#softDeleteColumn();
    const options = soft === null ? {} : { softDeleteColumn: soft };
    return asReader(session, async () => {
      const stream = await source.watermark.read(this.#model, range, wire ?? '');
      try {
        const { written } = await target.watermark.upsert(
          this.#model,
          this.#stage(),
          stream,
          range.to,
          options,
        );
        return written;
      } finally {
        await stream.close();
      }
    });
  }

  /** A full sync brings rows that are marked as deleted. */
  async #removeMarked(): Promise<void> {
    const column = this.#softDeleteColumn();
    if (column !== null) await this.context.target.watermark.removeMarked(this.#stage(), column);
  }

  #softDeleteColumn(): string | null {
    const { deletes, softDeleteColumn } = this.#settings();
    return deletes === 'softDeleteColumn' ? (softDeleteColumn ?? null) : null;
  }

  #stage() {
    const { tableId, epoch, targetTable } = this.context.row;
    return { tableId, epoch, fence: this.fence, target: targetTable };
  }

  #settings() {
    const { session, row } = this.context;
    return session.settings(row.target, row.source);
  }
}

function isRejected(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'ROW_REJECTED';
}

function noColumn(row: TableRow): SluiceError {
  return new SluiceError(
    'CONFIG_INVALID',
    `${displayName(row.source)} names no watermark column.`,
    { remedy: 'Set watermark.column in its settings.' },
  );
}
