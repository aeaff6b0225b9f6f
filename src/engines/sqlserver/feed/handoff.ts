/** Thrown into the producer when nobody will take anything any more. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/**
 * Hands items from one running function to another, one at a time: who gives waits until it was
 * taken, so that the producer never runs ahead.
 */
export class Handoff<T> {
  #item: { readonly value: T; readonly taken: (error?: Error) => void } | null = null;
  #ended = false;
  #error: Error | undefined;
  #abandoned = false;
  #wake: () => void = () => undefined;

  /** @throws Abandoned */
  async give(value: T): Promise<void> {
    if (this.#abandoned) throw new Abandoned('Nobody takes it.');
    await new Promise<void>((resolve, reject) => {
      const taken = (error?: Error) => (error === undefined ? resolve() : reject(error));
      this.#item = { value, taken };
      this.#wake();
    });
  }

  end(error?: Error): void {
    this.#ended = true;
    this.#error = error;
    this.#wake();
  }

  /** The next item; undefined at the end. Throws what the producer ended with. */
  async take(): Promise<T | undefined> {
    while (this.#item === null) {
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const { value, taken } = this.#item;
    this.#item = null;
    taken();
    return value;
  }

  abandon(): void {
    this.#abandoned = true;
    this.#item?.taken(new Abandoned('Nobody takes it.'));
    this.#item = null;
  }
}
