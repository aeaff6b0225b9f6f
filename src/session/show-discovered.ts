/** Discovered tables as rows of a target's state, so that a person sees them and can ask for them. */
import { formatTableName } from '../config/table-name.js';
import { SluiceError } from '../core/errors.js';
import { sameTable } from '../core/names.js';
import type { TableSpec } from '../state/store.js';
import type { TargetOfPipeline } from './detach-removed.js';
import { isWaiting } from './discovered.js';

/**
 * A table whose target another one has, of this pipeline or of another, is replicated already; so
 * each that is new is shown by itself.
 */
export async function showWaiting(
  { pipeline, name, target }: TargetOfPipeline,
  named: readonly TableSpec[],
  waiting: readonly TableSpec[],
  revision: string,
): Promise<void> {
  const taken = new Set(named.map((spec) => formatTableName(spec.targetTable)));
  const free = waiting.filter((spec) => !taken.has(formatTableName(spec.targetTable)));
  const rows = await target.state.tables.list(pipeline);
  const isKnown = (spec: TableSpec): boolean =>
    rows.some((row) => row.target === name && sameTable(row.source, spec.source));
  const { tables, journal } = target.state;
  await tables.upsert(pipeline, name, free.filter(isKnown), revision);
  for (const spec of free.filter((one) => !isKnown(one))) {
    try {
      await tables.upsert(pipeline, name, [spec], revision);
    } catch (thrown) {
      if (thrown instanceof SluiceError && thrown.code === 'TARGET_OWNED') continue;
      throw thrown;
    }
    const table = formatTableName(spec.source);
    await journal.event({
      pipeline,
      target: name,
      level: 'info',
      kind: 'table.discovered',
      message: `${table} was discovered on the source and waits: sluice enable ${table}.`,
    });
  }
}

/** What nobody asked for and the source does not offer any more: nothing of it is anywhere. */
export async function dropUnoffered(
  { pipeline, name, target }: TargetOfPipeline,
  kept: readonly TableSpec[],
): Promise<void> {
  for (const row of await target.state.tables.list(pipeline)) {
    if (row.target !== name || !isWaiting(row)) continue;
    if (kept.some((spec) => sameTable(spec.source, row.source))) continue;
    const why = 'not offered by the source any more';
    await target.state.tables.setWanted(row.tableId, 'detach', 'configuration', why);
  }
}
