import type { Shape } from '../../../core/change.js';
import { SluiceError } from '../../../core/errors.js';
import type { FeedEvent, FeedReader, Position } from '../../contract/feed.js';
import { isRawSafe, mayBeUnsafe, readTypeShapes } from '../catalog/raw-safe.js';
import type { SqlSession } from '../sql-session.js';
import { shapesIn } from './shapes.js';

/** Opens the stream anew, behind a position that was delivered as a commit or as idle. */
export type OpenStream = (from: Position, binary: boolean) => Promise<FeedReader>;

/**
 * Reads values in their binary form until a table comes whose binary form would mean something else
 * on another server; from there on, and to the end, everything is read as text. Decided by what the
 * stream announces and not by the catalogue beforehand: a table may join, or get such a column, at
 * any time, and an object number that was taken for a value would be a wrong value without a word.
 */
export class PortableReader implements FeedReader {
  readonly #portable = new WeakMap<Shape, boolean>();
  #binary = true;
  #closed = false;

  private constructor(
    private reader: FeedReader,
    private from: Position,
    private readonly open: OpenStream,
    private readonly session: SqlSession,
  ) {}

  static async open(from: Position, open: OpenStream, session: SqlSession): Promise<FeedReader> {
    return new PortableReader(await open(from, true), from, open, session);
  }

  async read(waitMs: number, eager: boolean): Promise<readonly FeedEvent[]> {
    const events = await this.#next(waitMs, eager);
    if (!this.#binary) return events;
    await this.#judge(events);
    const unsafe = events.findIndex(
      (event) =>
        event.kind === 'changes' &&
        event.changes.some(({ shape }) => this.#portable.get(shape) === false),
    );
    const good = unsafe < 0 ? events : upToLastCommit(events.slice(0, unsafe));
    for (const event of good) {
      if (event.kind === 'commit' || event.kind === 'idle') this.from = event.position;
    }
    if (unsafe < 0) return good;
    await this.#readAsText();
    return [...good, { kind: 'discard' }];
  }

  acknowledge(position: Position): void {
    this.reader.acknowledge(position);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.reader.close();
  }

  /** An array of a type without a binary form ends a binary stream. */
  async #next(waitMs: number, eager: boolean): Promise<readonly FeedEvent[]> {
    try {
      return await this.reader.read(waitMs, eager);
    } catch (thrown) {
      if (!this.#binary || !hasNoBinaryForm(thrown)) throw thrown;
      await this.#readAsText();
      return [{ kind: 'discard' }];
    }
  }

  async #readAsText(): Promise<void> {
    this.#binary = false;
    await this.reader.close();
    const reader = await this.open(this.from, false);
    this.reader = reader;
    if (this.#closed) await reader.close();
  }

  async #judge(events: readonly FeedEvent[]): Promise<void> {
    for (const shape of shapesIn(events)) {
      if (!this.#portable.has(shape)) this.#portable.set(shape, await this.#isPortable(shape));
    }
  }

  async #isPortable({ columns }: Shape): Promise<boolean> {
    const oids = columns.map((column) => column.type).filter(mayBeUnsafe);
    if (oids.length === 0) return true;
    const types = await readTypeShapes((sql, values) => this.session.query(sql, values), oids);
    return oids.every((oid) => isRawSafe(oid, types));
  }
}

/** PostgreSQL source, getTypeBinaryOutputInfo: "no binary output function available for type". */
function hasNoBinaryForm(thrown: unknown): boolean {
  return thrown instanceof SluiceError && thrown.vendorCode === '42883';
}

function upToLastCommit(events: readonly FeedEvent[]): readonly FeedEvent[] {
  return events.slice(0, events.findLastIndex((event) => event.kind === 'commit') + 1);
}
