import type { FileHandle } from 'node:fs/promises';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LENGTH_BYTES = 4;
const READ_BYTES = 1024 * 1024;
const FIRST_BYTES = 64 * 1024;
const FULL_BYTES = 256 * 1024;

/**
 * Messages that are too many for the memory, in a file that only this process can reach: it has no
 * name any more once it is open, so that nothing of it outlives the process. The newest part is in
 * memory.
 */
export class Spool {
  private file: FileHandle | undefined;
  private buffer = Buffer.allocUnsafe(FIRST_BYTES);
  private used = 0;
  private written = 0;

  /** Where the next message will begin. */
  get length(): number {
    return this.written + this.used;
  }

  /** Whether so much waits in memory that it should be flushed. */
  get isFull(): boolean {
    return this.used >= FULL_BYTES;
  }

  /** The message is what lies from `start` to `end` in `holder`. */
  add(holder: Buffer, start = 0, end = holder.length): void {
    this.makeRoom(LENGTH_BYTES + end - start);
    this.used = this.buffer.writeUInt32BE(end - start, this.used);
    this.used += holder.copy(this.buffer, this.used, start, end);
  }

  /** Forget everything from here on; a place that `length` gave. */
  truncate(length: number): void {
    this.used = Math.max(0, length - this.written);
    this.written = Math.min(this.written, length);
  }

  async flush(): Promise<void> {
    if (this.used === 0) return;
    this.file ??= await openNameless();
    await this.file.write(this.buffer, 0, this.used, this.written);
    this.written += this.used;
    this.used = 0;
    if (this.buffer.length > FULL_BYTES * 2) this.buffer = Buffer.allocUnsafe(FIRST_BYTES);
  }

  /** All messages in order, about a mebibyte at a time. Nothing may be added meanwhile. */
  async *read(): AsyncGenerator<Buffer[], void> {
    await this.flush();
    const { file } = this;
    if (file === undefined) return;
    let wanted = READ_BYTES;
    for (let position = 0; position < this.written;) {
      const size = Math.min(wanted, this.written - position);
      const piece = Buffer.allocUnsafe(size);
      const { bytesRead } = await file.read(piece, 0, size, position);
      if (bytesRead < size) throw new Error('A temporary file is shorter than what was written.');
      const { messages, used, missing } = split(piece);
      position += used;
      wanted = used === 0 ? missing : READ_BYTES;
      if (messages.length > 0) yield messages;
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    this.used = 0;
    await file?.close();
  }

  private makeRoom(bytes: number): void {
    const needed = this.used + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.used);
    this.buffer = larger;
  }
}

function split(piece: Buffer): { messages: Buffer[]; used: number; missing: number } {
  const messages: Buffer[] = [];
  let used = 0;
  while (used + LENGTH_BYTES <= piece.length) {
    const length = piece.readUInt32BE(used);
    const end = used + LENGTH_BYTES + length;
    if (end > piece.length) return { messages, used, missing: LENGTH_BYTES + length };
    messages.push(piece.subarray(used + LENGTH_BYTES, end));
    used = end;
  }
  return { messages, used, missing: READ_BYTES };
}

async function openNameless(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-spool-'));
  const file = await open(join(folder, 'spool'), 'wx+', 0o600);
  // Where an open file cannot be deleted (Windows) its folder is left to the system's cleaning.
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  return file;
}
