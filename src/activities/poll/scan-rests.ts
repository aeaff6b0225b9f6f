/**
 * A look that takes long is one that scans a table for want of an index. Then it rests in
 * proportion, so that watching takes a small share of the source's time, however large the table.
 */

/** A look of half a second, or less, is repeated as often as it is asked for. */
const RESTS_PER_LOOK = 20;
const LONGEST_REST_MS = 10 * 60_000;

export class ScanRests {
  readonly #until = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  isDue(subject: string): boolean {
    return this.now() >= (this.#until.get(subject) ?? 0);
  }

  /** @throws whatever the look throws; then it has not rested */
  async look<T>(subject: string, work: () => Promise<T>): Promise<T> {
    const began = this.now();
    const result = await work();
    const ended = this.now();
    const rest = Math.min(LONGEST_REST_MS, (ended - began) * RESTS_PER_LOOK);
    this.#until.set(subject, ended + rest);
    return result;
  }
}
