import type { StateStore } from '../../../src/state/store.js';

/** A target with the schema sluice in it. */
export interface StateScene {
  readonly state: StateStore;
  /** One statement, or several that are separated by semicolons, in the words that all engines know. */
  sql(statement: string): Promise<readonly Record<string, unknown>[]>;
  whileLaneIsLocked(laneId: string, work: () => Promise<void>): Promise<void>;
  close(): Promise<unknown>;
}
