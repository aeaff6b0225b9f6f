import type { FeedEvent, Position } from '../../contract/feed.js';

/** Parts of a window, in order; returns the position behind it. */
export type WindowParts = AsyncGenerator<FeedEvent[], Position, undefined>;

type Part = IteratorResult<FeedEvent[], Position>;

/**
 * Reads the parts of a window while the consumer is at work on those before: the target applies a
 * batch meanwhile, for which the source would stand still otherwise.
 */
export class PartsAhead {
  #parts: { readonly part: Part; readonly bytes: number }[] = [];
  #bytes = 0;
  #ended = false;
  #failure: { readonly error: unknown } | null = null;
  #reading: Promise<void> | null = null;

  /** @param mostBytes of memory for changes that wait, and one part more */
  constructor(
    private readonly window: WindowParts,
    private readonly mostBytes: number,
  ) {}

  /**
   * The next part, or the end of the window. What went wrong comes behind all that was read before.
   */
  async take(): Promise<Part> {
    for (;;) {
      const next = this.#parts.shift();
      if (next !== undefined) {
        this.#bytes -= next.bytes;
        this.#read();
        return next.part;
      }
      if (this.#failure !== null) throw this.#failure.error;
      this.#read();
      await this.#reading;
    }
  }

  #read(): void {
    if (this.#ended || this.#reading !== null || this.#bytes > this.mostBytes) return;
    this.#reading = this.#readPart().then(() => {
      this.#reading = null;
      this.#read();
    });
  }

  async #readPart(): Promise<void> {
    try {
      const part = await this.window.next();
      this.#ended = part.done === true;
      const bytes = part.done === true ? 0 : bytesOf(part.value);
      this.#parts.push({ part, bytes });
      this.#bytes += bytes;
    } catch (error) {
      this.#ended = true;
      this.#failure = { error };
    }
  }
}

/** What a change and each of its cells take in memory beside the bytes that travel; estimated. */
const CHANGE_OBJECT_BYTES = 200;
const CELL_OBJECT_BYTES = 100;

function bytesOf(events: readonly FeedEvent[]): number {
  let bytes = 0;
  for (const event of events) {
    if (event.kind !== 'changes') continue;
    for (const { bytes: sent, row, oldKey } of event.changes) {
      const cells = (row?.length ?? 0) + (oldKey?.length ?? 0);
      bytes += sent + CHANGE_OBJECT_BYTES + cells * CELL_OBJECT_BYTES;
    }
  }
  return bytes;
}
