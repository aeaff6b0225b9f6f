import { formatTableName } from '../../config/table-name.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import type { Why } from './facts.js';

type Settings = Pick<
  ReturnType<PipelineSession['settings']>,
  'deletes' | 'refresh' | 'resetColumn'
>;

const AT_REST = new Set(['detached', 'removed', 'quarantined']);

/** What a table that does all it was asked for does not do; null: nothing to be said. */
export function remarkOn(row: TableRow, settings: Settings): Why | null {
  if (!row.enabled || AT_REST.has(row.phase)) return null;
  if (row.mode === 'incremental' && settings.deletes === 'ignore') {
    return {
      message: 'It follows a watermark, which cannot see deleted rows.',
      remedy: 'Set deletes: sweep or deletes: softDeleteColumn where rows are deleted.',
    };
  }
  if (row.mode !== 'full' || settings.refresh !== undefined) return null;
  if (settings.resetColumn !== undefined) return null;
  return {
    message: 'It is loaded as a whole, and nothing loads it again by itself.',
    remedy: `Set refresh: in its settings, or ask for it: sluice resync ${formatTableName(row.source)}.`,
  };
}
