import { bestEffort } from './fault.js';

const KEPT = 10;
const TOLD_AT_ONCE = 5;

/** Messages that could not be understood: kept for `status`, and told to the journal. */
export class Rejections {
  #newest: readonly string[];
  #untold: string[] = [];

  constructor(carried: readonly string[] = []) {
    this.#newest = carried;
  }

  add(message: string): void {
    this.#newest = [...this.#newest, message].slice(-KEPT);
    this.#untold.push(message);
  }

  /** For `status` and for the next run. */
  get newest(): readonly string[] {
    return this.#newest;
  }

  get untold(): boolean {
    return this.#untold.length > 0;
  }

  /** All of them in one line of the journal, however many came. */
  async tell(journal: (message: string) => Promise<unknown>): Promise<void> {
    const messages = this.#untold.splice(0);
    if (messages.length === 0) return;
    const told = messages.slice(0, TOLD_AT_ONCE).join(' ');
    const more = messages.length - TOLD_AT_ONCE;
    await bestEffort(() => journal(more > 0 ? `${told} And ${more} more.` : told));
  }
}
