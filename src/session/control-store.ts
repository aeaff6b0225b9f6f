import type { ConfigCache } from '../config/load.js';
import type { ControlContent } from '../engines/contract/control-tables.js';

/**
 * What control tables said when they were last read. Whoever reads the configuration finds it here,
 * so that a database which is away changes nothing; connection strings are in no other place.
 */
export class ControlStore {
  /** Every watch of every pipeline reads the configuration each second. */
  readonly cache: ConfigCache = {};
  #content: ControlContent | undefined;
  #strings: ReadonlyMap<number, string> = new Map();

  /** Undefined before the first reading. */
  get content(): ControlContent | undefined {
    return this.#content;
  }

  /** Rows that say the same as before leave what was made of them as it is. */
  keep(content: ControlContent): void {
    if (JSON.stringify(content) === JSON.stringify(this.#content)) return;
    this.#content = content;
    this.#strings = new Map(
      content.servers.map(({ serverId, connectionString }) => [serverId, connectionString]),
    );
  }

  /** For a secret source: read at every connect. */
  readonly stored = (serverId: number): string | undefined => this.#strings.get(serverId);
}
