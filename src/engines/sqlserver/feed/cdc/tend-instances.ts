import { toSluiceError } from '../../../../core/errors.js';
import type { FeedEvent, FeedName, Position } from '../../../contract/feed.js';
import type { MsSession, SessionPool } from '../../sql-session.js';
import { readUncaptured } from './coverage.js';
import { disableInstance, MOST_INSTANCES } from './enable.js';
import type { Readers } from './feed-readers.js';
import { readReaders } from './feed-readers.js';
import { carriesMark, parseInstanceName } from './instance-name.js';
import type { InstanceWatch } from './instance-watch.js';
import type { Instance } from './instances.js';
import { byTable } from './instances.js';
import { unlessRead } from './reader-locks.js';
import { addTables } from './table-instances.js';

export interface TendedSource {
  /** The reader's own. */
  readonly session: MsSession;
  readonly change: SessionPool;
  readonly watch: InstanceWatch;
}

/**
 * Keeps the instances of the tables in step with their columns: an instance never learns of a new
 * column (test/conformance/sqlserver/change-data-capture: "does not learn of a new column"), so a
 * table that has one gets a second instance; once the target has everything from
 * before it, the first one goes if Sluice made it for this feed and no other reads here.
 */
export class InstanceTender {
  #lastAt = 0;
  readonly #told = new Set<string>();
  /** Drained instances that the server would not drop. */
  readonly #stuck = new Set<number>();

  constructor(
    private readonly on: TendedSource,
    private readonly feed: FeedName,
    private readonly everyMs: number,
  ) {}

  /** @returns tables whose new columns cannot be captured */
  async tend(acknowledged: Position): Promise<readonly FeedEvent[]> {
    if (Date.now() - this.#lastAt < this.everyMs) return [];
    this.#lastAt = Date.now();
    const lost: FeedEvent[] = [];
    const { query } = this.on.session;
    const uncaptured = await readUncaptured(query);
    const readers = await readReaders(query, this.feed);
    for (const instances of byTable(await this.on.watch.refresh()).values()) {
      await this.#dropDrained(instances, acknowledged, readers);
      const newest = instances.at(-1);
      const columns = newest === undefined ? undefined : uncaptured.get(newest.id);
      if (newest === undefined || columns === undefined) continue;
      const trouble = await this.#captureAgain(instances, newest, readers);
      const key = `${String(newest.id)} ${columns.join()}`;
      if (trouble === null || this.#told.has(key)) continue;
      this.#told.add(key);
      lost.push({ kind: 'lost', table: newest.table, reason: trouble });
    }
    return lost;
  }

  async #dropDrained(
    instances: readonly Instance[],
    acknowledged: Position,
    readers: Readers,
  ): Promise<void> {
    const [older, younger] = instances;
    if (older === undefined || younger?.start == null || acknowledged < younger.start) return;
    if (!this.#isOurs(older, readers)) return;
    // Another target may not be as far. What the clean-up has taken nobody can read any more.
    const cleaned = older.start !== null && older.start >= younger.start;
    if (!cleaned && readers.others) return;
    try {
      await this.on.change.use(async (session) => {
        const drop = () => disableInstance(session, older);
        return cleaned ? drop() : unlessRead(session, drop);
      });
    } catch (thrown) {
      // It is read no more, so the stream goes on; the next column finds no room and says so.
      if (toSluiceError(thrown).kind === 'permanent') this.#stuck.add(older.id);
    }
  }

  /** Why it is not possible; null when it was done, or will be tried again. */
  async #captureAgain(
    instances: readonly Instance[],
    newest: Instance,
    readers: Readers,
  ): Promise<string | null> {
    if (instances.length >= MOST_INSTANCES) return this.#noRoom(instances, readers);
    try {
      await this.on.change.use((session) => addTables(session, this.feed, [newest.table]));
      return null;
    } catch (thrown) {
      const error = toSluiceError(thrown);
      if (error.code === 'CONNECTION_LOST') throw error;
      return error.kind === 'permanent' ? `${error.message} ${error.remedy ?? ''}`.trim() : null;
    }
  }

  #isOurs({ name }: Instance, { marks }: Readers): boolean {
    return this.feed.mayCreate && marks.some((mark) => carriesMark(name, mark));
  }

  #goes(older: Instance, readers: Readers): boolean {
    if (this.#isOurs(older, readers)) return !this.#stuck.has(older.id);
    return readers.others && parseInstanceName(older.name) !== null;
  }

  /** The older one goes by itself once it is drained, if this feed or another one of Sluice made it. */
  #noRoom(instances: readonly Instance[], readers: Readers): string | null {
    const [older] = instances;
    if (older !== undefined && this.#goes(older, readers)) return null;
    return 'The table has two capture instances, which is all that the server allows: drop the one that nobody reads (sys.sp_cdc_disable_table).';
  }
}
