import type { FileHandle } from 'node:fs/promises';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LENGTH_BYTES = 4;
const READ_BYTES = 1024 * 1024;

/**
 * Messages of a transaction that is still open on the source, in a file that only this process can
 * reach: it has no name any more once it is open, so that nothing of it outlives the process. What
 * was added since the last flush is in memory, as views of what came from the network.
 */
export class Spool {
  private file: Promise<FileHandle> | undefined;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private written = 0;

  /** Where the next message will begin. */
  get length(): number {
    return this.written + this.pendingBytes;
  }

  add(message: Buffer): void {
    this.pending.push(message);
    this.pendingBytes += LENGTH_BYTES + message.length;
  }

  /** Forget everything from here on; a place that `length` gave. */
  truncate(length: number): void {
    while (this.length > length) {
      const last = this.pending.pop();
      if (last === undefined) break;
      this.pendingBytes -= LENGTH_BYTES + last.length;
    }
    if (this.written > length) this.written = length;
  }

  async flush(): Promise<void> {
    if (this.pendingBytes === 0) return;
    const out = Buffer.allocUnsafe(this.pendingBytes);
    let offset = 0;
    for (const message of this.pending) {
      offset = out.writeUInt32BE(message.length, offset);
      offset += message.copy(out, offset);
    }
    this.file ??= openNameless();
    const file = await this.file;
    await file.write(out, 0, out.length, this.written);
    this.written += out.length;
    this.pending = [];
    this.pendingBytes = 0;
  }

  /** All messages in order, about a mebibyte at a time. Nothing may be added meanwhile. */
  async *read(): AsyncGenerator<Buffer[], void> {
    await this.flush();
    const file = await this.file;
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
    this.pending = [];
    this.pendingBytes = 0;
    await (await file)?.close();
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
