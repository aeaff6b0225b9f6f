import type { PipelineSession } from './session.js';
import { quarantine } from './control.js';

/** Phases in which a changed source table matters; the others read it when they begin. */
const WATCHED = new Set(['streaming', 'paused', 'catchingUp']);

/**
 * Compare what each table looked like when its epoch began with what it looks like now. What the
 * stream cannot carry (re-created, rewritten, partitions come and gone) needs a resync beside the
 * live table; a column added without a default, renamed or dropped is healed in place.
 */
export async function watchCatalogue(session: PipelineSession, targetName: string): Promise<void> {
  const target = await session.target(targetName);
  const rows = (await target.state.tables.list(session.pipeline)).filter(
    (row) => row.target === targetName && WATCHED.has(row.phase) && row.sourceFingerprint !== null,
  );
  if (rows.length === 0) return;
  const source = await session.source();
  const models = await source.listTables(rows.map((row) => row.source));
  for (const row of rows) {
    const model = models.find(
      (one) => one.name.schema === row.source.schema && one.name.table === row.source.table,
    );
    if (model === undefined) {
      await quarantine(target, row, 'TABLE_MISSING', 'The source table is gone.');
      continue;
    }
    if (model.fingerprint === row.sourceFingerprint) continue;
    const verdict = source.compareFingerprints(row.sourceFingerprint ?? '', model.fingerprint);
    if (verdict.action === 'none') {
      await target.state.tables.setFingerprint(row.tableId, model.fingerprint);
    } else if (verdict.action === 'resync') {
      await quarantine(target, row, 'FEED_CHANGED', verdict.reason);
      await target.state.tables.raiseAttention([row.tableId]);
    } else {
      const owner = { pipeline: row.pipeline, target: row.target };
      const { changes } = await target.schema.compareTable(model, row.targetTable, {
        heal: true,
        owner,
      });
      for (const change of changes) {
        await target.state.journal.event({
          ...owner,
          tableId: row.tableId,
          level: 'info',
          kind: `schema.${change.action}`,
          message: change.message,
        });
      }
      await target.state.tables.setFingerprint(row.tableId, model.fingerprint);
    }
  }
}
