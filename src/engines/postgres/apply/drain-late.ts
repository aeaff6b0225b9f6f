/**
 * Changes for the stage of a table whose rows may share a key inside a transaction. What one comes
 * to is known only when all of its changes are: those of one position are whole transactions of the
 * source. What several come to is applied together.
 */
import { keyText } from '../../../core/cell.js';
import type { PlacedChange } from '../../../core/stage-changes.js';
import { UnknownKey } from '../../../core/unknown-key.js';
import type { AtKey } from '../../../core/whole-rows.js';
import { HELD_BYTES, HELD_ROWS, netRows } from '../../../core/whole-rows.js';
import type { StageTools } from './drain-stage.js';
import { applyNet, fetchTouched } from './drain-stage.js';
import { ALL_DEFERRED } from './sql/drain.js';
import type { TablePlan } from './table-plan.js';
import { byLateKey, keyIndexes } from './table-plan.js';

/** As many keys are written at once, or the changes of so many bytes. */
const NET_ROWS = 2_000;
const NET_BYTES = 8 * 1024 * 1024;

export class LateRows {
  /** Rows that neither side has any more. */
  skipped = 0;
  private given: TablePlan | null = null;
  /** The given one by the key that rows have between transactions. */
  private plan: TablePlan | null = null;
  /** The changes of one position. */
  private held: PlacedChange[] = [];
  private heldBytes = 0;
  /** What those of the positions before come to, by key. */
  private readonly net = new Map<string, AtKey>();
  private netBytes = 0;
  /** The position whose changes are not held together: the source is asked instead. */
  private apart: string | null = null;
  private deferred = false;

  constructor(private readonly tools: StageTools) {}

  /** Changes of one shape, in order; a plan may be one without a key. */
  async add(plan: TablePlan, changes: readonly PlacedChange[]): Promise<void> {
    for (const placed of changes) {
      const [first] = this.held;
      if (first !== undefined && first.position !== placed.position) await this.endPosition();
      if (this.given !== plan) await this.begin(plan);
      this.held.push(placed);
      this.heldBytes += placed.change.bytes;
      if (this.held.length >= HELD_ROWS || this.heldBytes >= HELD_BYTES) await this.ask();
    }
  }

  /** The table was emptied: what came before is of no account. */
  forget(): void {
    this.release();
    this.net.clear();
    this.netBytes = 0;
  }

  /** All changes of the last position are there. */
  async end(): Promise<void> {
    await this.endPosition();
    await this.write();
  }

  private async begin(plan: TablePlan): Promise<void> {
    // Rows of two shapes cannot be told apart by their columns.
    await this.ask();
    await this.write();
    this.given = plan;
    this.plan = byLateKey(plan);
    if (plan.late === null || this.deferred) return;
    await this.tools.client.query(ALL_DEFERRED);
    this.deferred = true;
  }

  private async endPosition(): Promise<void> {
    const { plan, held } = this;
    const [first] = held;
    if (plan === null || first === undefined) return;
    if (this.apart === first.position) return this.ask();
    const key = keyIndexes(plan);
    const changes = held.map(({ change }) => change);
    for (const at of netRows(changes, key)) {
      const text = keyText(at.row, key) ?? '';
      // It came and went: what was there before is there still.
      if (at.kind === 'same' && !at.known && this.net.has(text)) continue;
      this.net.set(text, at);
    }
    this.netBytes += this.heldBytes;
    this.release();
    if (this.net.size >= NET_ROWS || this.netBytes >= NET_BYTES) await this.write();
  }

  private async write(): Promise<void> {
    const { plan, net } = this;
    if (plan !== null && net.size > 0) {
      this.skipped += await applyNet(this.tools, plan, [...net.values()]);
    }
    net.clear();
    this.netBytes = 0;
  }

  /** What is too large to be held: the rows at all keys of its changes, a part at a time. */
  private async ask(): Promise<void> {
    const { plan, held } = this;
    const [first] = held;
    if (plan === null || first === undefined) return;
    if (this.tools.fetch === null) throw new UnknownKey('A transaction is too large to be told.');
    await this.write();
    this.apart = first.position;
    const changes = held.map(({ change }) => change);
    this.skipped += await fetchTouched(this.tools, plan, changes);
    this.release();
  }

  private release(): void {
    this.held = [];
    this.heldBytes = 0;
  }
}
