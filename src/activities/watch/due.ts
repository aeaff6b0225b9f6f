/** When each thing is to be looked at again. */
export class Due {
  readonly #at = new Map<string, number>();

  /** True at most once in `everyMs`; the first time at once, unless it was put off. */
  is(what: string, everyMs: number): boolean {
    const now = Date.now();
    if ((this.#at.get(what) ?? 0) > now) return false;
    this.#at.set(what, now + everyMs);
    return true;
  }

  putOff(what: string, ms: number): void {
    this.#at.set(what, Date.now() + ms);
  }
}
