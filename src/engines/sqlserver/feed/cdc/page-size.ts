/** About what one page of a change table may take in memory. */
const PAGE_BYTES = 1024 * 1024;
const FIRST_ROWS = 500;
const MOST_ROWS = 5_000;
/** One row more than an update has, so that both its rows fit. */
const FEWEST_ROWS = 3;

/** How many rows the next page should have, from what rows of the last one took. */
export class PageSize {
  #rows = FIRST_ROWS;

  get rows(): number {
    return this.#rows;
  }

  read(bytesOfRows: readonly number[]): void {
    if (bytesOfRows.length === 0) return;
    // The largest counts: rows of one page may differ by a large value.
    const largest = Math.max(1, ...bytesOfRows);
    const average = bytesOfRows.reduce((sum, bytes) => sum + bytes, 0) / bytesOfRows.length;
    const expected = largest > PAGE_BYTES ? largest : Math.max(1, average);
    const fitting = Math.floor(PAGE_BYTES / expected);
    // It grows step by step and shrinks at once.
    this.#rows = Math.min(MOST_ROWS, this.#rows * 2, Math.max(FEWEST_ROWS, fitting));
  }
}
