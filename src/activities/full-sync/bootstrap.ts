import { SluiceError } from '../../core/errors.js';
import { displayName } from '../../core/names.js';
import type { TableModel } from '../../engines/contract/schema.js';
import type { TableRow } from '../../state/store.js';
import type { TableStepContext } from '../table-step.js';

/** Check that the table can follow, and prepare what it needs on the target. Idempotent. */
export async function bootstrapTable(context: TableStepContext): Promise<void> {
  const { session, target, row } = context;
  const { tables, journal } = target.state;
  if (row.phase === 'new') await tables.setPhase(row.tableId, 'bootstrapping', 'started');
  const model = await session.model(row);
  refuseWhatCannotFollow(model, row);
  const owner = { pipeline: row.pipeline, target: row.target };
  const settings = session.settings(row.target, row.source);
  const compared = await target.schema.compareTable(model, row.targetTable, { heal: true, owner });
  if (compared.exists && compared.rows === 'some' && settings.existing === 'refuse') {
    if (!compared.ours) throw notEmpty(row);
  }
  const changes = await target.schema.prepareTable(model, row.targetTable, owner);
  for (const { message } of (await target.schema.losses?.(model)) ?? []) {
    const tableId = row.tableId;
    await journal.event({ ...owner, tableId, level: 'warning', kind: 'schema.loss', message });
  }
  for (const change of [...compared.changes, ...changes]) {
    await journal.event({
      ...owner,
      tableId: row.tableId,
      level: 'info',
      kind: `schema.${change.action}`,
      message: change.message,
    });
  }
}

function refuseWhatCannotFollow(model: TableModel, row: TableRow): void {
  if (row.mode === 'cdc' && model.key === null) {
    throw new SluiceError(
      'KEY_MISSING',
      `${displayName(model.name)} has no primary key, so a change cannot find its row.`,
      { remedy: 'Give it a primary key, set key: in its settings, or use mode: full.' },
    );
  }
  const [fault] = model.findings.filter((finding) => finding.severity === 'error');
  if (fault === undefined) return;
  throw new SluiceError('TYPE_UNSUPPORTED', fault.message, {
    ...(fault.remedy === undefined ? {} : { remedy: fault.remedy }),
  });
}

function notEmpty(row: TableRow): SluiceError {
  return new SluiceError(
    'TARGET_NOT_EMPTY',
    `The target table ${displayName(row.targetTable)} has rows that Sluice did not write.`,
    {
      remedy:
        'Set existing: adopt to compare and repair them, or existing: overwrite to replace them.',
    },
  );
}
