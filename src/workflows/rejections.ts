import { bestEffort } from './fault.js';

const KEPT = 10;
const TOLD_AT_ONCE = 5;

/** What the next run of a workflow goes on with. */
export interface CarriedRejections {
  readonly rejected?: readonly string[];
  /** One text of all that the journal may not have. */
  readonly untold?: string;
}

/** Messages that could not be understood: kept for `status`, and told to the journal. */
export class Rejections {
  #newest: readonly string[];
  #untold: string[] = [];
  /** On their way to the journal. */
  #telling: readonly string[] = [];

  constructor({ rejected = [], untold }: CarriedRejections = {}) {
    this.#newest = rejected;
    if (untold !== undefined) this.#untold.push(untold);
  }

  add(message: string): void {
    this.#newest = [...this.#newest, message].slice(-KEPT);
    this.#untold.push(message);
  }

  /** For `status`. */
  get newest(): readonly string[] {
    return this.#newest;
  }

  /** A message that is on its way as the run ends is told once more rather than never. */
  get carried(): CarriedRejections {
    const left = [...this.#telling, ...this.#untold];
    const untold = left.length === 0 ? {} : { untold: inOneLine(left) };
    return { rejected: this.#newest, ...untold };
  }

  get untold(): boolean {
    return this.#untold.length > 0;
  }

  /** All of them in one line of the journal, however many came. */
  async tell(journal: (message: string) => Promise<unknown>): Promise<void> {
    const messages = this.#untold.splice(0);
    if (messages.length === 0) return;
    this.#telling = messages;
    await bestEffort(() => journal(inOneLine(messages)));
    this.#telling = [];
  }
}

function inOneLine(messages: readonly string[]): string {
  const told = messages.slice(0, TOLD_AT_ONCE).join(' ');
  const more = messages.length - TOLD_AT_ONCE;
  return more > 0 ? `${told} And ${more} more.` : told;
}
