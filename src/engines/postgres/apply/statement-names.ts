import type { PipelineStatement } from '../pipeline.js';

/** Above this a session's statements are parsed every time: shapes may come without end. */
const MAX_NAMES = 2_000;

/** Gives each text of a session its own name, so that it is parsed and planned once. */
export class StatementNames {
  private readonly names = new Map<string, string>();

  /** @param prefix keeps apart those who name statements on the same session */
  constructor(private readonly prefix = 'sluice') {}

  statement(
    text: string,
    types: readonly number[],
    values: readonly (Buffer | string | null)[],
  ): PipelineStatement {
    return { name: this.nameOf(`${types.join()} ${text}`), text, types, values };
  }

  private nameOf(key: string): string {
    let name = this.names.get(key);
    if (name === undefined) {
      name = this.names.size < MAX_NAMES ? `${this.prefix}_${this.names.size + 1}` : '';
      if (name !== '') this.names.set(key, name);
    }
    return name;
  }
}
