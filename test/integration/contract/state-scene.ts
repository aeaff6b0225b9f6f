import type { StateStore, TableRow, TableSpec } from '../../../src/state/store.js';

/** A target with the schema sluice in it. */
export interface StateScene {
  readonly state: StateStore;
  /** One statement, or several that are separated by semicolons, in the words that all engines know. */
  sql(statement: string): Promise<readonly Record<string, unknown>[]>;
  whileLaneIsLocked(laneId: string, work: () => Promise<void>): Promise<void>;
  /** As by a chunk that is just committing. */
  whileLedgerIsLocked(tableId: string, work: () => Promise<void>): Promise<void>;
  close(): Promise<unknown>;
}

export function stateSpec(slug: string, target = slug): TableSpec {
  return {
    slug,
    source: { schema: 'app', table: slug },
    targetTable: { schema: 'app', table: target },
    mode: 'auto',
    load: 'auto',
    enabled: true,
    laneId: null,
  };
}

/** A table of pipeline p and target t, on their lane where it is to follow one. */
export async function addTable(state: StateStore, slug: string, lane = false): Promise<TableRow> {
  const laneId = lane ? (await state.lanes.ensure('p', 't', 0)).laneId : null;
  await state.tables.upsert('p', 't', [{ ...stateSpec(slug), laneId }], '1');
  const row = await state.tables.find('p', 't', slug);
  if (row === null) throw new Error('The table was not stored.');
  return row;
}
