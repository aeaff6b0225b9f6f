import type { ControlContent } from '../engines/contract/control-tables.js';

/**
 * What control tables said when they were last read. Whoever reads the configuration finds it here,
 * so that a database which is away changes nothing; connection strings are in no other place.
 */
export class ControlStore {
  #content: ControlContent | undefined;
  #strings: ReadonlyMap<number, string> = new Map();

  /** Undefined before the first reading. */
  get content(): ControlContent | undefined {
    return this.#content;
  }

  keep(content: ControlContent): void {
    this.#content = content;
    this.#strings = new Map(
      content.servers.map(({ serverId, connectionString }) => [serverId, connectionString]),
    );
  }

  /** For a secret source: read at every connect. */
  readonly stored = (serverId: number): string | undefined => this.#strings.get(serverId);
}
