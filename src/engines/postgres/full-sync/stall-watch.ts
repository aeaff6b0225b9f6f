/** As long as other statements may take by default; a large copy takes longer, but moves. */
export const STALLED_MS = 300_000;

/** Says when nothing has moved for a while: what is long by nature has no other limit. */
export class StallWatch {
  readonly #timer: NodeJS.Timeout;

  constructor(stalledMs: number, onStall: () => void) {
    this.#timer = setTimeout(onStall, stalledMs);
    this.#timer.unref();
  }

  moved(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
