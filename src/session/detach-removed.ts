/** Tables that left the configuration: their positions and rows stay, and nothing is dropped. */
import { formatTableName } from '../config/table-name.js';
import { SluiceError } from '../core/errors.js';
import { sameTable, type TableName } from '../core/names.js';
import type { TargetDatabase } from '../engines/engine.js';
import type { TableRow, TableSpec } from '../state/store.js';
import { isWaiting } from './discovered.js';
import type { ReconcileOptions } from './reconcile.js';

/** A change that would detach more than this share of the tables waits for `apply --confirm`. */
const DETACH_LIMIT = 0.2;

/** Why it leaves, as the table says it. */
const NOT_CONFIGURED = 'it is not in the configuration any more';
const NOT_THERE = 'the source has no table of that name any more';

export interface TargetOfPipeline {
  readonly pipeline: string;
  readonly name: string;
  readonly target: TargetDatabase;
}

/**
 * `specs` stay; `present` are all tables of the source.
 * Returns what stands against it when too many would leave and `how` is to wait: they stay.
 *
 * @throws SluiceError CONFIG_UNCONFIRMED when too many would leave and `how` is to refuse that
 */
export async function detachRemoved(
  at: TargetOfPipeline,
  specs: readonly Pick<TableSpec, 'source'>[],
  present: readonly TableName[],
  how: ReconcileOptions['detach'],
): Promise<SluiceError | null> {
  const { pipeline, name, target } = at;
  const kept = new Set(specs.map((spec) => formatTableName(spec.source)));
  const rows = (await target.state.tables.list(pipeline)).filter(
    (row) => row.target === name && row.wanted !== 'detach' && !isWaiting(row),
  );
  const removed = rows.filter((row) => !kept.has(formatTableName(row.source)));
  if (how !== 'confirmed' && removed.length > rows.length * DETACH_LIMIT) {
    const error = unconfirmed(at, removed.length, rows.length);
    if (how === 'refuse') throw error;
    return error;
  }
  await detach(target, removed, present);
  return null;
}

function unconfirmed({ pipeline, name }: TargetOfPipeline, some: number, all: number): SluiceError {
  return new SluiceError(
    'CONFIG_UNCONFIRMED',
    `The new configuration would detach ${some} of ${all} tables of ${name}: they go on as before.`,
    { remedy: `If it is meant: sluice apply --pipeline ${pipeline} --confirm.` },
  );
}

async function detach(
  target: TargetDatabase,
  rows: readonly TableRow[],
  present: readonly TableName[],
): Promise<void> {
  for (const { tableId, source } of rows) {
    const why = present.some((name) => sameTable(name, source)) ? NOT_CONFIGURED : NOT_THERE;
    await target.state.tables.setWanted(tableId, 'detach', 'configuration', why);
  }
}
