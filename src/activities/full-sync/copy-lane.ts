/**
 * One lane of a copy: chunk after chunk until none is left. Two hands take turns at reading, so
 * that the next chunk is on its way while the last one commits; each has a number of its own in the
 * ledger, because a hand takes its own unfinished chunk first. A chunk of a hand that the copy no
 * longer has (it was begun with more lanes) is anybody's.
 */
import { finished } from 'node:stream/promises';
import { SluiceError } from '../../core/errors.js';
import { feedKindOfMode } from '../../core/feed-kind.js';
import { displayName } from '../../core/names.js';
import type { CopyLane, CopyResult } from '../../core/protocol.js';
import type { ChunkStream, FeedPlace } from '../../engines/contract/full-sync.js';
import type { TableModel } from '../../engines/contract/schema.js';
import type { SourceDatabase, TargetDatabase } from '../../engines/engine.js';
import type { ChunkRow, TableRow } from '../../state/store.js';
import { readAs } from './before-copy.js';
import { asReader, mayCopy, payForRows } from '../care.js';
import { assertEpoch, stageOf, type TableStepContext } from '../table-step.js';

/** Hands of one lane. */
const HANDS = 2;
/** No copy has as many: no chunk is then taken for one of a hand that is gone. */
const UNTOLD_LANES = 1_000_000;

export async function copyLane(
  context: TableStepContext,
  model: TableModel,
  { lane, lanes = UNTOLD_LANES }: CopyLane,
): Promise<CopyResult> {
  const copy = new LaneCopy(context, model, lanes * HANDS);
  const hands = Array.from({ length: HANDS }, (_, n) => copy.work(lane * HANDS + n));
  // No hand may write on after this has returned, whatever became of the others.
  for (const outcome of await Promise.allSettled(hands)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
  return { done: copy.end === null, paused: copy.end === 'paused', rows: copy.rows };
}

class LaneCopy {
  rows = 0;
  /** Why no further chunk is begun although some may be left; the first reason counts. */
  end: 'paused' | 'due' | 'failed' | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly context: TableStepContext,
    private readonly model: TableModel,
    /** How many the copy has over all its lanes. */
    private readonly hands: number,
  ) {}

  async work(hand: number): Promise<void> {
    try {
      for (;;) {
        const commit = await this.#inTurn(() => this.#readOne(hand));
        if (commit === null) return;
        const copied = await commit.rows;
        this.rows += copied;
        this.context.run.report({ epoch: this.context.row.epoch, rows: this.rows });
        await payForRows(this.context, copied);
      }
    } catch (error) {
      this.end = 'failed';
      throw error;
    }
  }

  /** One hand reads at a time. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /**
   * Read one chunk to its end; what is left of it is its commit. Null when there is no more for this
   * hand: the other one may have a chunk of its own that an attempt before this one left.
   */
  async #readOne(hand: number): Promise<{ readonly rows: Promise<number> } | null> {
    const { session, row, target } = this.context;
    const present = await this.#present();
    if (present === null) return null;
    const { chunks } = target.state;
    const chunk = await chunks.claim(row.tableId, row.epoch, hand, this.hands);
    if (chunk === null) return null;
    return asReader(session, () => this.#transfer(present, chunk));
  }

  /** The table's row when the next chunk may be read now; waits while the source needs care. */
  async #present(): Promise<TableRow | null> {
    const { target, row, run } = this.context;
    for (;;) {
      if (run.dueToReturn()) this.end ??= 'due';
      if (this.end !== null) return null;
      const present = await target.state.tables.get(row.tableId);
      if (present?.wanted !== 'run' || !present.enabled) {
        this.end ??= 'paused';
        return null;
      }
      assertEpoch(present, row.epoch);
      if (await mayCopy(this.context, () => this.#isAnyLeft())) return present;
    }
  }

  async #isAnyLeft(): Promise<boolean> {
    const { target, row } = this.context;
    const { total, done } = await target.state.chunks.progress(row.tableId, row.epoch);
    return done < total;
  }

  async #transfer(row: TableRow, chunk: ChunkRow): Promise<{ readonly rows: Promise<number> }> {
    const { source, target } = this.context;
    const wire = commonWire(this.model, source, target);
    const stream = await source.fullSync.readChunk(
      readAs(this.model, row),
      chunk,
      wire,
      keptFrom(row),
    );
    const loading = target.fullSync.loadChunk(stageOf(row, row.fence), chunk, stream);
    const rows = loading.then((loaded) => loaded.rows);
    // Whoever waits for the commit gets its error; until then it must not end the process.
    rows.catch(() => undefined);
    try {
      await wholeStream(stream);
    } finally {
      await stream.close();
    }
    return { rows };
  }
}

/** Where the table's changes are kept from; null where it is loaded as a whole, again and again. */
function keptFrom(row: TableRow): FeedPlace | 'now' | null {
  if (row.mode === 'incremental') return 'now';
  const kind = feedKindOfMode(row.mode);
  return kind === null || row.parksFrom === null ? null : { kind, position: row.parksFrom };
}

/** A stream that broke is told by the load, whose error says why. */
async function wholeStream(stream: ChunkStream): Promise<void> {
  await finished(stream.bytes, { writable: false }).catch(() => undefined);
}

function commonWire(model: TableModel, source: SourceDatabase, target: TargetDatabase): string {
  const understood = target.fullSync.wires(model);
  const wire = source.fullSync.wires(model).find((name) => understood.includes(name));
  if (wire !== undefined) return wire;
  throw new SluiceError(
    'TYPE_UNSUPPORTED',
    `${displayName(model.name)} cannot be carried from this source to this target.`,
    { remedy: 'Exclude it; sluice plan names the columns.' },
  );
}
