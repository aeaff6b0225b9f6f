import { hasWholeKey } from '../../core/whole-rows.js';
import type { Shape } from '../../core/change.js';
import type { BatchEntry } from './batch-entry.js';

const CHUNK_ROWS = 2_000;
const CHUNK_BYTES = 2 * 1024 * 1024;
/** So many times as much waits for the end of a transaction. */
const TOGETHER = 4;

/** Entries that go to the server together. */
export interface EntryChunk {
  readonly entries: readonly BatchEntry[];
  /** False: rows that are told by all that they hold may share a key until the next chunk. */
  readonly ends: boolean;
}

/**
 * Entries that wait to be a chunk. It ends where a transaction of the source does, as far as memory
 * allows that, if it has rows that are told by all that they hold: two of them may have one key
 * before their transaction ends (see core/whole-rows.ts).
 */
export class PendingEntries {
  private entries: BatchEntry[] = [];
  private bytes = 0;
  private together = false;
  private shape: Shape | null = null;

  add(entry: BatchEntry): void {
    const { shape, bytes } = entry.change;
    this.entries.push(entry);
    this.bytes += bytes;
    if (this.shape === shape) return;
    this.shape = shape;
    this.together ||= hasWholeKey(shape);
  }

  /** @param ends the last entry is the last one of its transaction */
  isFull(ends: boolean): boolean {
    const most = this.together && !ends ? TOGETHER : 1;
    return this.entries.length >= CHUNK_ROWS * most || this.bytes >= CHUNK_BYTES * most;
  }

  take(ends: boolean): EntryChunk {
    const { entries, together } = this;
    this.entries = [];
    this.bytes = 0;
    this.together = false;
    this.shape = null;
    return { entries, ends: ends || !together };
  }
}
