import type pg from 'pg';
import { KEEP_SEEN, MARK_WRITER, ROWS_SAW } from './sql/stage.js';

/** Sorts before every position. */
export const NOTHING_SEEN = '';

/**
 * Sorts after every position: rows were fetched from a source that tells only later up to where they
 * may have seen. See full-sync/seen-by-fetch.ts.
 */
export const NOT_TOLD_YET = '~';

const SAVEPOINT = 'sluice_seen';

/**
 * Who wrote the rows of a stage, told by their xmin: a row of the copy, or one that was fetched from
 * the source meanwhile, may have changes in it that are still to come; one that was written by
 * changes has none. `sluice.stage_writer` has a line of each transaction and savepoint but for those
 * of the copy, which stand for what is not known.
 */
export class StageWriters {
  private begun = false;
  private copySaw = NOTHING_SEEN;
  private fetchSaw = NOTHING_SEEN;
  /** The same of transactions before. */
  private fetchedSaw = NOTHING_SEEN;

  constructor(
    private readonly client: pg.Client,
    readonly tableId: string,
    private readonly epoch: string,
  ) {}

  /** Before the first row is written in a transaction: what follows is as the changes make it. */
  async begin(): Promise<void> {
    if (this.begun) return;
    this.begun = true;
    await this.client.query(MARK_WRITER, [this.tableId, null]);
    const { rows } = await this.client.query<{ copied: string | null; fetched: string | null }>(
      ROWS_SAW,
      [this.tableId, this.epoch],
    );
    this.copySaw = rows[0]?.copied ?? NOTHING_SEEN;
    this.fetchedSaw = rows[0]?.fetched ?? NOTHING_SEEN;
  }

  /** Up to where a row that lookSql found may have seen. */
  seenBy(known: string | null | undefined, seen: string | null | undefined): string {
    if (known !== 'true') return this.copySaw;
    if (seen !== NOT_TOLD_YET) return seen ?? NOTHING_SEEN;
    // A line of the table of writers cannot be changed without its xmin: the table's row says it.
    return this.fetchSaw > this.fetchedSaw ? this.fetchSaw : this.fetchedSaw;
  }

  /** As mark, for rows that were fetched just now: the copy is shown when the stream has passed them. */
  async markFetched(seen: string, work: () => Promise<void>): Promise<void> {
    if (seen > this.fetchSaw) this.fetchSaw = seen;
    await this.mark(seen, work);
  }

  /** Near the end of the transaction, as others want the table's row. */
  async keepSeen(): Promise<void> {
    if (this.fetchSaw === NOTHING_SEEN) return;
    await this.client.query(KEEP_SEEN, [this.tableId, this.fetchSaw]);
  }

  /** Rows that `work` writes may have seen what lies up to `seen`. */
  async mark(seen: string, work: () => Promise<void>): Promise<void> {
    await this.client.query(`savepoint ${SAVEPOINT}`);
    await this.client.query(MARK_WRITER, [this.tableId, seen]);
    await work();
    await this.client.query(`release savepoint ${SAVEPOINT}`);
  }
}
