import type { RawMessage } from '../replication/frame-queue.js';
import type { PgOutputMessage } from '../replication/pgoutput-messages.js';
import { PgOutputDecoder } from '../replication/pgoutput.js';
import type { Shapes } from './shapes.js';
import { Spool } from '../../contract/spool.js';

/** A transaction that the source streams while it is still open. */
export class OpenTransaction {
  /** The shapes that it announced; they count for others once it has committed. */
  readonly shapes: Shapes;
  /** When something of it last came, milliseconds since 1970. */
  lastAt = Date.now();
  private readonly spool = new Spool();
  /** Where each (sub)transaction begins. */
  private readonly starts = new Map<number, number>();

  constructor(shapes: Shapes) {
    this.shapes = shapes.copy();
  }

  keep(xid: number, { buffer, start, end }: RawMessage): void {
    if (!this.starts.has(xid)) this.starts.set(xid, this.spool.length);
    this.spool.add(buffer, start, end);
  }

  /**
   * A savepoint was rolled back. All that came since its first change was its own or that of one
   * inside it. False when nothing of it had come.
   */
  rollBackTo(subXid: number): boolean {
    const start = this.starts.get(subXid);
    if (start === undefined) return false;
    this.spool.truncate(start);
    for (const [xid, begin] of this.starts) if (begin >= start) this.starts.delete(xid);
    return true;
  }

  /** Keep what waits in memory small; to be called once in a while. */
  async flush(): Promise<void> {
    if (this.spool.isFull) await this.spool.flush();
  }

  /** Everything that was not rolled back, decoded anew. */
  async *messages(): AsyncGenerator<PgOutputMessage[], void> {
    const decoder = new PgOutputDecoder(true);
    for await (const piece of this.spool.read()) {
      yield piece.map((raw) => decoder.decode(raw, 0, raw.length));
    }
  }

  async close(): Promise<void> {
    await this.spool.close();
  }
}
