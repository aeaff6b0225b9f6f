/** What happened, for a person who looks for the reason of a failure. */
export class Trace {
  readonly #lines: { readonly table: string | null; readonly line: string }[] = [];
  readonly #began = Date.now();

  /** `table` null: it concerns all. */
  say(table: string | null, line: string): void {
    this.#lines.push({ table, line: `${String(Date.now() - this.#began).padStart(6)} ${line}` });
  }

  of(tables: readonly string[]): string[] {
    return this.#lines
      .filter(({ table }) => table === null || tables.includes(table))
      .map(({ line }) => line);
  }
}
