/** Reads control tables into a store, over one connection that is kept from reading to reading. */
import { createSecretSource } from '../config/environment.js';
import { resolveConnection } from '../config/resolve-connection.js';
import type { SluiceConfig } from '../config/schema.js';
import { SluiceError, toSluiceError } from '../core/errors.js';
import type { ControlContent, ControlTables } from '../engines/contract/control-tables.js';
import { engineConfigs, engines } from '../engines/registry.js';
import type { ControlStore } from './control-store.js';
import { readConfiguration, type SessionOptions } from './pipeline-session.js';

export type ControlSessionOptions = SessionOptions & { readonly control: ControlStore };

export class ControlReader {
  #opened: { readonly key: string; readonly tables: ControlTables } | null = null;

  constructor(private readonly options: ControlSessionOptions) {}

  /** Those that the configuration names now; null when it names none. Throws CONFIG_INVALID. */
  async tables(): Promise<ControlTables | null> {
    const { config } = readConfiguration(this.options);
    const key = JSON.stringify([config.controlTables, connectionOf(config)]);
    const former = this.#opened;
    if (former?.key === key) return former.tables;
    const tables = config.controlTables === undefined ? null : openControlTables(config);
    this.#opened = tables === null ? null : { key, tables };
    await former?.tables.close();
    return tables;
  }

  /** What was read before stays when this throws. */
  async refresh(): Promise<void> {
    const tables = await this.tables();
    if (tables !== null) this.options.control.keep(await readRows(tables));
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = null;
    await opened?.tables.close();
  }
}

/** @throws SluiceError STATE_MISSING when nobody has made the tables yet */
export async function readRows(tables: ControlTables): Promise<ControlContent> {
  try {
    return await tables.read();
  } catch (thrown) {
    const cause = toSluiceError(thrown);
    if (cause.code !== 'TABLE_MISSING') throw cause;
    throw new SluiceError('STATE_MISSING', 'The control tables are not there, or not whole.', {
      remedy: 'A worker makes them when it starts; sluice state init does so now.',
      cause,
    });
  }
}

function connectionOf({ connections, controlTables }: SluiceConfig) {
  return connections[controlTables?.connection ?? ''];
}

function openControlTables(config: SluiceConfig): ControlTables {
  const name = config.controlTables?.connection ?? '';
  const engine = engines[connectionOf(config)?.engine ?? ''];
  if (engine?.openControlTables === undefined) {
    throw new SluiceError('CONFIG_INVALID', `The connection ${name} can hold no control tables.`, {
      remedy: 'Name another under controlTables.connection.',
    });
  }
  const secrets = createSecretSource();
  return engine.openControlTables(() => resolveConnection(config, name, engineConfigs, secrets), {
    applicationName: 'sluice control tables',
  });
}
