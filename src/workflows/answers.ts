import { inTurn } from './in-turn.js';

/** What a command that came by SQL is to be told. */
export interface Answer {
  readonly target: string;
  readonly requestId: string;
  readonly answer: string;
}

/** Answers that are not in the rows of their commands yet. */
export class Answers {
  #open: readonly Answer[];

  constructor(open: readonly Answer[] = []) {
    this.#open = open;
  }

  get open(): readonly Answer[] {
    return this.#open;
  }

  add(answer: Answer): void {
    this.#open = [...this.#open, answer];
  }

  /** One whose target is away waits, and no other one for it. */
  async giveAll(give: (answer: Answer) => Promise<void>): Promise<void> {
    await inTurn(
      ...this.#open.map((answer) => async () => {
        await give(answer);
        this.#open = this.#open.filter((other) => other !== answer);
      }),
    );
  }
}
