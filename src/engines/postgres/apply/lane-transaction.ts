import type pg from 'pg';
import type { BatchEntry } from '../../contract/batch-entry.js';
import type { EntryChunk } from '../../contract/pending-entries.js';
import {
  isCatalogueError,
  meaningForLane,
  otherModes,
  planFault,
  unusableFault,
} from './failures.js';
import type { CompileTools } from './compile.js';
import { compileEntries } from './compile.js';
import { UnusableChange } from './unusable-change.js';
import type { ParkedShapes } from './park-steps.js';
import { parkSteps } from './park-steps.js';
import type { Missing } from './run-steps.js';
import { StepFailure, runSteps } from './run-steps.js';
import type { Mode, Step } from './steps.js';

/** Up to here a transaction is kept in memory, so that all of it can be applied another way. */
const KEEP_ROWS = 8_000;
const KEEP_BYTES = 4 * 1024 * 1024;

const STRICTNESS: Record<Mode, number> = { fast: 0, mend: 1, reinsert: 2, ordered: 3 };

export interface TransactionStart {
  /** BEGIN and what asserts the fence. */
  readonly begin: () => Step[];
  readonly firstParkedSeq: bigint;
  /** Everything up to here had been delivered before; kept with parked rows. */
  readonly position: string;
}

/**
 * One target transaction of a lane. It first applies in the fast way, with one chunk on the server
 * while the next is prepared. If that fails it is rolled back and repeated from memory in a
 * slower, more patient way. A transaction too large for that goes on with a savepoint for each
 * chunk, so that memory stays bounded.
 */
export class LaneTransaction {
  private kept: EntryChunk[] = [];
  private keptRows = 0;
  private keptBytes = 0;
  private spilled = false;
  private open = false;
  private savepoint = false;
  private mode: Mode = 'fast';
  private catalogueRead = false;
  private parked = 0;
  private parkedBefore = 0;
  private inFlight: Promise<void> | null = null;
  private missing: Missing = new Map();
  private missingBefore: Missing = new Map();

  constructor(
    private readonly client: pg.Client,
    private readonly tools: CompileTools,
    private readonly shapes: ParkedShapes,
    private readonly start: TransactionStart,
  ) {}

  /** Send a chunk; the answer is awaited with the next one. Errors as LaneWriter.write says. */
  async add(chunk: EntryChunk): Promise<void> {
    await this.guarded(chunk, async () => {
      await this.send(chunk, null);
      if (this.spilled || (this.keptRows <= KEEP_ROWS && this.keptBytes <= KEEP_BYTES)) return;
      await this.settle();
      this.spilled = true;
      this.forgetChunks();
    });
  }

  /** Send the last chunk with `ending` and COMMIT; returns what was missing in each table. */
  async finish(chunk: EntryChunk, ending: (missing: Missing) => Step[]): Promise<Missing> {
    await this.guarded(chunk, async () => {
      const last = () => [...ending(this.missing), COMMIT];
      if (this.spilled) {
        await this.send(chunk, null);
        await this.settle();
        await runSteps(this.client, last(), this.missing);
        return;
      }
      const sent = await this.send(chunk, last);
      if (!sent) {
        await this.settle();
        this.inFlight = this.run(last());
      }
      while (await this.settle()) this.inFlight = this.run(last());
    });
    this.open = false;
    return this.missing;
  }

  async abort(): Promise<void> {
    const { inFlight } = this;
    this.inFlight = null;
    await inFlight?.catch(() => undefined);
    if (this.open) await this.client.query('rollback').catch(() => undefined);
    this.open = false;
    this.shapes.clear();
  }

  private async guarded(chunk: EntryChunk, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.abort();
      if (error instanceof UnusableChange) throw unusableFault(error);
      if (!(error instanceof StepFailure)) throw error;
      const members = [...this.keptEntries(), ...chunk.entries].map((entry) => entry.member);
      throw meaningForLane(error.error, error.steps, members);
    }
  }

  /** False when `after` was not sent along, because the counts of the chunk are needed for it. */
  private async send(chunk: EntryChunk, after: (() => Step[]) | null): Promise<boolean> {
    await this.prepare(chunk);
    let steps = this.compile(chunk);
    if (await this.settle()) {
      await this.prepare(chunk);
      this.parked = this.parkedBefore + countParked(this.keptEntries());
      steps = this.compile(chunk);
    }
    if (this.spilled) {
      this.forgetChunks(chunk.entries);
      this.mode = 'fast';
    }
    this.kept.push(chunk);
    this.keptRows += chunk.entries.length;
    for (const { change } of chunk.entries) this.keptBytes += change.bytes;
    const along = after !== null && this.mode === 'fast';
    this.inFlight = this.run([...this.opening(), ...steps, ...(along ? after() : [])]);
    return along;
  }

  private keptEntries(): BatchEntry[] {
    return this.kept.flatMap(({ entries }) => entries);
  }

  private opening(): Step[] {
    if (this.open && !this.spilled) return [];
    if (this.open) {
      const former = this.savepoint ? [RELEASE] : [];
      this.savepoint = true;
      return [...former, SAVEPOINT];
    }
    this.open = true;
    return this.start.begin();
  }

  private run(steps: readonly Step[]): Promise<void> {
    const running = runSteps(this.client, steps, this.missing);
    // Looked at by settle, later.
    running.catch(() => undefined);
    return running;
  }

  /** Wait for the server; true when the kept chunks had to be applied in another way. */
  private async settle(): Promise<boolean> {
    const { inFlight } = this;
    this.inFlight = null;
    try {
      await inFlight;
      return false;
    } catch (error) {
      await this.recover(error);
      return true;
    }
  }

  private async recover(first: unknown): Promise<void> {
    let failure = first;
    for (;;) {
      const mode = this.nextMode(failure);
      if (mode === undefined) throw failure;
      this.mode = mode;
      await this.goBack();
      try {
        for (const chunk of this.kept) {
          await this.prepare(chunk);
          const steps = this.compile(chunk);
          await runSteps(this.client, [...this.opening(), ...steps], this.missing);
        }
        return;
      } catch (error) {
        failure = error;
      }
    }
  }

  private nextMode(failure: unknown): Mode | undefined {
    if (!(failure instanceof StepFailure) || failure.step?.guardsKeys === true) return undefined;
    const { error } = failure;
    const truncates = this.keptEntries().some(({ change }) => change.op === 't');
    const modes = otherModes(error, truncates);
    const stricter = modes.find((mode) => STRICTNESS[mode] > STRICTNESS[this.mode]);
    if (stricter !== undefined) return stricter;
    if (!isCatalogueError(error) || this.catalogueRead) return undefined;
    this.catalogueRead = true;
    this.tools.plans.clear();
    return this.mode;
  }

  private async goBack(): Promise<void> {
    if (this.spilled) {
      await this.client.query(`rollback to savepoint ${SAVEPOINT_NAME}`);
    } else {
      await this.client.query('rollback');
      this.open = false;
    }
    this.shapes.clear();
    this.parked = this.parkedBefore;
    this.missing = new Map(this.missingBefore);
  }

  /** The chunks so far are safe behind the next savepoint. */
  private forgetChunks(next: readonly BatchEntry[] = []): void {
    this.kept = [];
    this.keptRows = 0;
    this.keptBytes = 0;
    this.parkedBefore = this.parked - countParked(next);
    this.missingBefore = new Map(this.missing);
  }

  private compile(chunk: EntryChunk): Step[] {
    const { position, firstParkedSeq } = this.start;
    const { entries, ends } = chunk;
    const parking = entries.filter(({ member }) => member.parks);
    const firstSeq = firstParkedSeq + BigInt(this.parked);
    this.parked += parking.length;
    return [
      ...compileEntries(entries, this.mode, this.tools, ends),
      ...parkSteps(parking, firstSeq, position, this.shapes, this.tools.names),
    ];
  }

  /** Read from the catalogue what the chunk needs and is not known yet. */
  private async prepare(chunk: EntryChunk): Promise<void> {
    let known: BatchEntry | null = null;
    for (const entry of chunk.entries) {
      const { change, member } = entry;
      const { shape } = change;
      if (known?.change.shape === shape && known.member === member) continue;
      known = entry;
      const planned = !member.applies || this.tools.plans.get(shape, member.target) !== undefined;
      const stored = !member.parks || this.shapes.get(shape, member.tableId) !== undefined;
      if (planned && stored) continue;
      // One thing at a time on the session; what was in flight may fail and be recovered here.
      await this.settle();
      if (!planned) {
        await this.tools.plans.load(shape, member.target).catch((error: unknown) => {
          throw planFault(error, member);
        });
      }
      if (!stored) await this.shapes.load(shape, member.tableId);
    }
  }
}

const SAVEPOINT_NAME = 'sluice_chunk';

const SAVEPOINT = own(`savepoint ${SAVEPOINT_NAME}`);
const RELEASE = own(`release savepoint ${SAVEPOINT_NAME}`);
const COMMIT = own('commit');

function own(text: string): Step {
  return { tableId: null, statement: { name: '', text, values: [] }, expected: null };
}

function countParked(entries: readonly BatchEntry[]): number {
  return entries.reduce((sum, { member }) => sum + (member.parks ? 1 : 0), 0);
}
