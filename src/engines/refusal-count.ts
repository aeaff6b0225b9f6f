/**
 * How many values of a column a copy had to refuse, so that its user learns at once what awaits. The
 * rest of the rows is only counted.
 */

/** Where the value has a text that a column of texts could hold. */
export const TEXT_REMEDY =
  'Change the value on the source, let the column go as text (asText), or leave the table out.';
export const VALUE_REMEDY = 'Change the value on the source, or leave the table out.';

/** So long: a load that writes nothing counts as stuck. */
const COUNTED_MS = 30_000;

export class RefusalCount {
  #count = 0;
  #until = Infinity;

  add(): void {
    if (this.#count === 0) this.#until = Date.now() + COUNTED_MS;
    this.#count += 1;
  }

  get isOver(): boolean {
    return Date.now() > this.#until;
  }

  /** The end of a sentence about the first of them; empty where there is no other one. */
  get others(): string {
    if (this.#count < 2) return '';
    return ` (${this.isOver ? 'at least ' : ''}${String(this.#count)} values in this part of the table)`;
  }
}
