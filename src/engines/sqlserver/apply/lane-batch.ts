import { SluiceError } from '../../../core/errors.js';
import type { BatchEntry } from '../../contract/batch-entry.js';
import { EntryLog } from '../../contract/entry-log.js';
import type { EntryChunk } from '../../contract/pending-entries.js';
import { isOrderSensitive } from '../ms-errors.js';
import type { Query } from '../sql-session.js';
import type { Mode } from './apply-segment.js';
import { TableFailure } from './failures.js';
import type { ParkedStage } from './parked-stage.js';
import type { Work } from './segment.js';
import type { Missing, StageTools } from './staged-work.js';
import { TruncateRefused, applyWork, stageEntries } from './staged-work.js';

/**
 * What one target transaction of a lane will do. Changes wait in temporary tables, outside of any
 * transaction: memory stays bounded, the lane's row is locked only while they are applied, and
 * after a deadlock all of it is applied again from there.
 *
 * First rows are deleted, updated and inserted by kind. Where that meets a unique or foreign key,
 * rows that exchange values leave the table and come back; where that is not possible either, each
 * change is applied in the source's order, for which the batch is kept as it came.
 */
export class LaneBatch {
  private work: Work[] = [];
  /** Null where it could not be kept. */
  private kept: EntryLog | null = new EntryLog();
  private parked = 0;
  private mode: Mode = 'set';
  private ordered = false;
  private emptied: 'truncate' | 'delete' = 'truncate';
  private planned = false;

  constructor(
    private readonly tools: StageTools,
    private readonly parkedStage: ParkedStage,
    private readonly firstParkedSeq: bigint,
  ) {}

  /** @throws TableFailure */
  async add(chunk: EntryChunk): Promise<void> {
    const { entries } = chunk;
    this.work.push(...(await stageEntries(chunk, this.ordered, this.tools)));
    const parking = entries.filter(({ member }) => member.parks);
    await this.parkedStage.load(parking, this.firstParkedSeq + BigInt(this.parked));
    this.parked += parking.length;
    await this.keep(entries);
  }

  /** @throws TableFailure */
  async apply(query: Query, position: string): Promise<Missing> {
    const { mode, emptied } = this;
    const missing = await applyWork(query, this.work, this.tools.stages, { mode, emptied });
    await this.parkedStage.keep(query, position);
    return missing;
  }

  /** Whether the batch may pass in another way, and make it ready for that. */
  async recover(failure: unknown): Promise<boolean> {
    if (!(failure instanceof TableFailure)) return false;
    const { error } = failure;
    if (error instanceof TruncateRefused) {
      if (this.emptied === 'delete') return false;
      this.emptied = 'delete';
      return true;
    }
    if (isOrderSensitive(error)) return this.findOrder();
    if (!isCatalogueError(error) || this.planned) return false;
    this.planned = true;
    this.tools.plans.clear();
    return this.stageAgain();
  }

  private async findOrder(): Promise<boolean> {
    if (this.mode === 'set' && !this.ordered) {
      this.mode = 'reinsert';
      return true;
    }
    if (this.ordered) return false;
    this.ordered = true;
    this.mode = 'set';
    return this.stageAgain();
  }

  private async stageAgain(): Promise<boolean> {
    if (this.kept === null) return false;
    await this.tools.stages.clear();
    this.work = [];
    // From a file they come in parts that end anywhere.
    const ends = this.kept.isInMemory;
    for await (const entries of this.kept.read()) {
      this.work.push(...(await stageEntries({ entries, ends }, this.ordered, this.tools)));
    }
    return true;
  }

  /** What it keeps is not needed any more. */
  async close(): Promise<void> {
    const { kept } = this;
    this.kept = null;
    await kept?.close();
  }

  /** Most batches never need it, so a disk that is full is no reason to stop. */
  private async keep(entries: readonly BatchEntry[]): Promise<void> {
    try {
      await this.kept?.add(entries);
    } catch {
      await this.close().catch(() => undefined);
    }
  }
}

/** A column or table is not the one that was planned for. */
function isCatalogueError(error: unknown): boolean {
  return (
    error instanceof SluiceError &&
    (error.code === 'SCHEMA_MISMATCH' || error.code === 'TABLE_MISSING') &&
    error.vendorCode !== undefined
  );
}
