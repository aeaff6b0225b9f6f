/** Tables that left the configuration: their positions and rows stay, and nothing is dropped. */
import { formatTableName } from '../config/table-name.js';
import { explainError, SluiceError } from '../core/errors.js';
import type { TargetDatabase } from '../engines/engine.js';
import type { TableRow, TableSpec } from '../state/store.js';
import { isWaiting } from './discovered.js';
import type { ReconcileOptions } from './reconcile.js';

/** A change that would detach more than this share of the tables waits for `apply --confirm`. */
const DETACH_LIMIT = 0.2;
const UNCONFIRMED = 'CONFIG_UNCONFIRMED';

export interface TargetOfPipeline {
  readonly pipeline: string;
  readonly name: string;
  readonly target: TargetDatabase;
}

/** @throws SluiceError CONFIG_UNCONFIRMED when too many would leave and `how` is to refuse that */
export async function detachRemoved(
  at: TargetOfPipeline,
  specs: readonly TableSpec[],
  how: ReconcileOptions['detach'],
): Promise<void> {
  const { pipeline, name, target } = at;
  const kept = new Set(specs.map((spec) => formatTableName(spec.source)));
  const rows = (await target.state.tables.list(pipeline)).filter(
    (row) => row.target === name && row.wanted !== 'detach' && !isWaiting(row),
  );
  const removed = rows.filter((row) => !kept.has(formatTableName(row.source)));
  if (how !== 'confirmed' && removed.length > rows.length * DETACH_LIMIT) {
    const error = unconfirmed(at, removed.length, rows.length);
    if (how === 'refuse') throw error;
    await tell(at, error);
    return;
  }
  await settle(at);
  await detach(target, removed);
}

function unconfirmed({ pipeline, name }: TargetOfPipeline, some: number, all: number): SluiceError {
  return new SluiceError(
    UNCONFIRMED,
    `The new configuration would detach ${some} of ${all} tables of ${name}: they go on as before.`,
    { remedy: `If it is meant: sluice apply --pipeline ${pipeline} --confirm.` },
  );
}

async function tell(
  { pipeline, name, target }: TargetOfPipeline,
  error: SluiceError,
): Promise<void> {
  const { message, code, remedy = '' } = error;
  const known = await openErrors(target, pipeline);
  await target.state.journal.error({ pipeline, target: name, code, message, remedy });
  if (known.some((open) => open.target === name && open.message === message)) return;
  await target.state.journal.event({
    pipeline,
    target: name,
    level: 'warning',
    kind: 'config.unconfirmed',
    message: explainError(error),
  });
}

/** What waited for a word has it now, or is no longer asked for. */
async function settle({ pipeline, name, target }: TargetOfPipeline): Promise<void> {
  const open = await openErrors(target, pipeline);
  if (!open.some((error) => error.target === name)) return;
  await target.state.journal.resolveErrors(pipeline, name, null);
}

async function openErrors(
  target: TargetDatabase,
  pipeline: string,
): Promise<{ readonly target: string; readonly message: string }[]> {
  const errors = await target.state.history.errors({ pipeline, open: true, limit: 1_000 });
  return errors.filter((error) => error.code === UNCONFIRMED);
}

async function detach(target: TargetDatabase, rows: readonly TableRow[]): Promise<void> {
  for (const row of rows) {
    await target.state.tables.setWanted(
      row.tableId,
      'detach',
      'configuration',
      'not in the configuration any more',
    );
  }
}
