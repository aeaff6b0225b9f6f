import type { Image } from '../../core/cell.js';
import type { Change, ChangeOp, Shape } from '../../core/change.js';
import { decodeTuple, encodeTuple } from '../../core/parked-codec.js';
import type { BatchEntry } from './batch-entry.js';
import type { LaneMember } from './lane.js';
import { Spool } from './spool.js';

/** Up to here the entries of a batch are kept in memory. */
const MEMORY_ROWS = 8_000;
const MEMORY_BYTES = 4 * 1024 * 1024;

const OPS: readonly ChangeOp[] = ['i', 'u', 'd', 't'];
const HEAD_BYTES = 17;
const ABSENT = 0xffffffff;

/**
 * The entries of a batch as they came, so that all of it can be applied again in another way: in
 * memory, and from a size on in a temporary file.
 */
export class EntryLog {
  private memory: BatchEntry[] = [];
  private memoryBytes = 0;
  private spool: Spool | null = null;
  private readonly shapes = new Numbered<Shape>();
  private readonly members = new Numbered<LaneMember>();

  /** Rejects where the file cannot be written: the log is of no use then. */
  async add(entries: readonly BatchEntry[]): Promise<void> {
    if (this.spool === null) {
      this.memory.push(...entries);
      for (const { change } of entries) this.memoryBytes += change.bytes;
      if (this.memory.length <= MEMORY_ROWS && this.memoryBytes <= MEMORY_BYTES) return;
      this.spool = new Spool();
      const kept = this.memory;
      this.memory = [];
      await this.write(this.spool, kept);
      return;
    }
    await this.write(this.spool, entries);
  }

  /** There is one part. */
  get isInMemory(): boolean {
    return this.spool === null;
  }

  /** All entries in order, in parts. Nothing may be added meanwhile. */
  async *read(): AsyncGenerator<readonly BatchEntry[], void> {
    if (this.spool === null) {
      yield this.memory;
      return;
    }
    for await (const messages of this.spool.read()) {
      yield messages.map((message) => this.decode(message));
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.memory = [];
    await this.spool?.close();
  }

  private async write(spool: Spool, entries: readonly BatchEntry[]): Promise<void> {
    for (const entry of entries) {
      spool.add(this.encode(entry));
      if (spool.isFull) await spool.flush();
    }
  }

  private encode({ change, member }: BatchEntry): Buffer {
    const { op, oldKey, row } = change;
    const old = oldKey && encodeTuple({ cells: oldKey, formats: change.oldKeyFormats });
    const now = row && encodeTuple({ cells: row, formats: change.formats });
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUInt8(OPS.indexOf(op), 0);
    head.writeUInt32BE(this.shapes.numberOf(change.shape), 1);
    head.writeUInt32BE(this.members.numberOf(member), 5);
    head.writeUInt32BE(change.bytes, 9);
    head.writeUInt32BE(old?.length ?? ABSENT, 13);
    return Buffer.concat([head, old ?? Buffer.alloc(0), now ?? Buffer.alloc(0)]);
  }

  private decode(message: Buffer): BatchEntry {
    const oldLength = message.readUInt32BE(13);
    const end = HEAD_BYTES + (oldLength === ABSENT ? 0 : oldLength);
    const old = oldLength === ABSENT ? null : decodeTuple(message.subarray(HEAD_BYTES, end));
    const now = end === message.length ? null : decodeTuple(message.subarray(end));
    const change: Change = {
      shape: this.shapes.at(message.readUInt32BE(1)),
      op: OPS[message.readUInt8(0)] ?? 't',
      bytes: message.readUInt32BE(9),
      ...{ oldKey: cellsOf(old), oldKeyFormats: old?.formats ?? null },
      ...{ row: cellsOf(now), formats: now?.formats ?? null },
    };
    return { change, member: this.members.at(message.readUInt32BE(5)) };
  }
}

function cellsOf(image: Image | null): Image['cells'] | null {
  return image?.cells ?? null;
}

/** Objects by number; there are few, and they are told apart by identity. */
class Numbered<T> {
  private readonly numbers = new Map<T, number>();
  private readonly all: T[] = [];

  numberOf(one: T): number {
    const known = this.numbers.get(one);
    if (known !== undefined) return known;
    this.numbers.set(one, this.all.length);
    return this.all.push(one) - 1;
  }

  at(number: number): T {
    const found = this.all[number];
    if (found === undefined) throw new Error('A temporary file has what was not written to it.');
    return found;
  }
}
