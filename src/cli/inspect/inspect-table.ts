/** One table of the source by the settings that it has: how it would follow, and what it lacks. */
import { formatTableName } from '../../config/table-name.js';
import { feedKindOfMode } from '../../core/feed-kind.js';
import { chooseMode } from '../../core/table-mode.js';
import type { Finding, TableModel } from '../../engines/contract/schema.js';
import type { SourceDatabase } from '../../engines/engine.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import { findingOf } from './finding.js';
import type { InspectedTable } from './inspection.js';

type Settings = ReturnType<PipelineSession['settings']>;

export async function inspectTable(
  session: PipelineSession,
  source: SourceDatabase,
  model: TableModel,
): Promise<InspectedTable> {
  const [anyTarget = ''] = session.targetNames;
  const settings = session.settings(anyTarget, model.name);
  const { mode, reason } = chooseMode(settings.mode, model, {
    feeds: session.sourceEngine().capabilities.feeds,
    watermarkColumn: settings.watermark.column,
  });
  const findings = [
    ...model.findings.map((finding) => asError(finding, mode)),
    ...(feedKindOfMode(mode) !== null && model.key === null ? [keyMissing(model)] : []),
    ...(mode === 'incremental' && settings.deletes === 'ignore' ? [deletesUnseen(model)] : []),
    ...(mode === 'full' && isLoadedOnce(settings) ? [loadedOnce(model)] : []),
    ...(await columnFindings(source, model, mode, settings)),
  ];
  return { source: model.name, model, mode, reason, findings };
}

/** Of the columns that tell a watermark poll what changed, or ask for a full sync. */
async function columnFindings(
  source: SourceDatabase,
  model: TableModel,
  mode: string,
  settings: Settings,
): Promise<Finding[]> {
  const { watermark, resetColumn } = settings;
  const looks: Promise<readonly Finding[]>[] = [];
  if (mode === 'incremental' && watermark.column !== undefined)
    looks.push(source.watermark.findings(model, watermark.column));
  if (resetColumn !== undefined) looks.push(source.resetTriggers.findings(model, resetColumn));
  const subject = formatTableName(model.name);
  const found = await Promise.allSettled(looks);
  return found
    .flatMap((one) => (one.status === 'fulfilled' ? one.value : [findingOf(one.reason, subject)]))
    .filter(({ code }) => code !== SAID_ALREADY)
    .map((finding) => ({ ...finding, subject }));
}

/** Of deletes `deletesUnseen` speaks, and only where they are ignored. */
const SAID_ALREADY = 'watermark.deletes';

/** What stops a table has the code of the error that a worker would stop with. */
function asError(finding: Finding, mode: string): Finding {
  // Without a key nothing follows; a table that is copied as a whole does not mind.
  if (finding.code === 'table.no-key' && feedKindOfMode(mode) === null)
    return { ...finding, severity: 'info' };
  return finding.severity === 'error' ? { ...finding, code: 'TYPE_UNSUPPORTED' } : finding;
}

function keyMissing(model: TableModel): Finding {
  const subject = formatTableName(model.name);
  return {
    severity: 'error',
    code: 'KEY_MISSING',
    subject,
    message: `${subject} has no primary key, so a change cannot find its row.`,
    remedy: 'Give it a primary key, set key: in its settings, or use mode: full.',
  };
}

function isLoadedOnce({ refresh, resetColumn }: Settings): boolean {
  return refresh === undefined && resetColumn === undefined;
}

function loadedOnce(model: TableModel): Finding {
  const subject = formatTableName(model.name);
  return {
    severity: 'info',
    code: 'table.loaded-once',
    subject,
    message: `${subject} is loaded as a whole, and nothing loads it again by itself.`,
    remedy: `Set refresh: in its settings, or ask for it: sluice resync ${subject}.`,
  };
}

function deletesUnseen(model: TableModel): Finding {
  const subject = formatTableName(model.name);
  return {
    severity: 'info',
    code: 'table.deletes-unseen',
    subject,
    message: `${subject} follows a watermark, which cannot see deleted rows.`,
    remedy: 'Set deletes: sweep or deletes: softDeleteColumn where rows are deleted.',
  };
}
