/** Deletes that a watermark cannot see, found by comparing the keys of both sides by digest. */
import { compareSides } from '../../core/verification.js';
import type { TableModel } from '../../engines/contract/schema.js';
import type { DigestRequest } from '../../engines/contract/verify.js';
import { asReader } from '../care.js';
import type { TableStepContext } from '../table-step.js';
import { verificationSide } from '../verify/verification-side.js';

const LIMITS = { maxDifferences: 10_000, maxRowsRead: 20_000 };
/** A row is deleted when the source was seen without it so often, reading both sides anew. */
const LOOKS = 2;
/** More deletes than one comparison lists take another one. */
const MAX_PASSES = 100;

export class Sweep {
  /** The first one is due at once: nobody knows how long ago the last activity swept. */
  #dueAt = 0;

  constructor(
    private readonly context: TableStepContext,
    private readonly everyMs: number,
  ) {}

  isDue(): boolean {
    return Date.now() >= this.#dueAt;
  }

  /** Delete the target's rows whose keys the source does not have; returns how many. */
  async run(model: TableModel): Promise<number> {
    let removed = 0;
    for (let pass = 0; pass < MAX_PASSES && !this.context.run.dueToReturn(); pass += 1) {
      const { gone, more } = await this.#findGone(model);
      removed += await this.#remove(model, gone);
      this.context.run.report({ swept: removed });
      if (!more || gone.length === 0) break;
    }
    this.#dueAt = Date.now() + this.everyMs;
    if (removed > 0) await this.#tell(removed);
    return removed;
  }

  /** Keys missing on the target are no matter of the sweep: the watermark will bring them. */
  async #findGone(model: TableModel): Promise<{ gone: readonly string[]; more: boolean }> {
    const { session, source, target } = this.context;
    const requests = this.#requests(model);
    const { differences, more } = await asReader(session, async () =>
      compareSides(
        verificationSide(source.verify, requests.source),
        verificationSide(target.verify, requests.target),
        LIMITS,
      ),
    );
    let gone = differences.filter(({ kind }) => kind === 'extra').map(({ key }) => key);
    for (let look = 0; look < LOOKS && gone.length > 0; look += 1) {
      const there = await source.verify.rowsByKey(requests.source, gone);
      const known = new Set(there.map((row) => row.key));
      gone = gone.filter((key) => !known.has(key));
    }
    return { gone, more };
  }

  /** It reads the source once more, in the transaction that deletes. */
  async #remove(model: TableModel, keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    const { target, row } = this.context;
    return target.repairRows(model, row.targetTable, keys, row.laneId);
  }

  async #tell(removed: number): Promise<void> {
    const { target, row } = this.context;
    await target.state.journal.event({
      pipeline: row.pipeline,
      target: row.target,
      tableId: row.tableId,
      level: 'info',
      kind: 'sweep',
      message: `${String(removed)} rows that the source no longer has were removed.`,
    });
  }

  #requests(model: TableModel): { source: DigestRequest; target: DigestRequest } {
    const { session, row } = this.context;
    const sameEngine = session.sourceEngine().name === session.targetEngine(row.target).name;
    const key = model.key ?? [];
    const form = sameEngine ? ('native' as const) : ('canonical' as const);
    const shared = { columns: key, key, form, lastRows: null };
    return {
      // A row that a replica does not show yet is not gone.
      source: { ...shared, table: row.source, current: true },
      target: { ...shared, table: row.targetTable },
    };
  }
}
