import { matchTables, parseTableGlob } from '../../config/table-glob.js';
import { formatTableName } from '../../config/table-name.js';
import { nearest } from '../../config/nearest.js';
import { feedKindOfMode, type FeedKind } from '../../core/feed-kind.js';
import { chooseMode } from '../../core/table-mode.js';
import type { Finding, TableModel } from '../../engines/contract/schema.js';
import { isAskedByConfig, offeredTables } from '../../session/discovered.js';
import { leftFindings } from '../../session/left-targets.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import { findingOf } from './finding.js';
import type { InspectedTable } from './inspection.js';

export interface InspectedSource {
  readonly description: string | null;
  /** Null: the source cannot be reached. */
  readonly database: string | null;
  readonly findings: readonly Finding[];
  readonly tables: readonly InspectedTable[];
}

export async function inspectSource(session: PipelineSession): Promise<InspectedSource> {
  const subject = session.config.source.connection;
  try {
    const source = await session.source();
    const identity = await source.identity();
    const preflight = await source.preflight();
    const models = await session.models();
    const tables = (await chosen(session, models)).map((model) => inspectTable(session, model));
    const followed = new Set(tables.map((table) => feedKindOfMode(table.mode)));
    return {
      description: identity.description,
      database: identity.database,
      findings: [
        ...preflight.map((finding) => weighed(finding, followed)),
        ...unmatched(session, models),
        ...(await discovered(session)),
        ...(await leftFindings(session)),
      ],
      tables,
    };
  } catch (thrown) {
    const findings = [findingOf(thrown, subject)];
    return { description: null, database: null, findings, tables: [] };
  }
}

async function chosen(
  session: PipelineSession,
  models: readonly TableModel[],
): Promise<TableModel[]> {
  const { include, exclude } = session.config.tables;
  const names = models.map((model) => formatTableName(model.name));
  const offered = await offeredTables(session);
  const asked = offered.filter((name) => isAskedByConfig(session, name)).map(formatTableName);
  const wanted = new Set([...matchTables(include, exclude, names), ...asked]);
  return models.filter((model) => wanted.has(formatTableName(model.name)));
}

/** A feed matters only to tables that follow it; other tables' troubles are no obstacle. */
function weighed(finding: Finding, followed: ReadonlySet<FeedKind | null>): Finding {
  if (finding.severity !== 'error') return finding;
  if (finding.code.startsWith('feed.') && !followed.has(finding.feed ?? 'cdc'))
    return { ...finding, severity: 'info' };
  if (finding.code.startsWith('table.')) return { ...finding, severity: 'warning' };
  return finding;
}

/** Names that nothing answers to: a typing slip, or a table that the login may not see. */
function unmatched(session: PipelineSession, models: readonly TableModel[]): Finding[] {
  const names = models.map((model) => formatTableName(model.name));
  return session.config.tables.include.flatMap((pattern): Finding[] => {
    if (matchTables([pattern], [], names).length > 0) return [];
    const exact = parseTableGlob(pattern)?.exact === true;
    const meant = exact ? nearest(pattern, names) : undefined;
    const hint = meant === undefined ? '' : `Did you mean ${meant}? `;
    return [
      {
        severity: 'error',
        code: 'TABLE_UNKNOWN',
        subject: pattern,
        message: exact
          ? `The source has no table ${pattern} that this login can see.`
          : `No table of the source matches ${pattern}.`,
        remedy: `${hint}Correct tables.include of the pipeline ${session.pipeline}, or grant the login the right to see it.`,
      },
    ];
  });
}

/** Tables that wait to be asked for. */
async function discovered(session: PipelineSession): Promise<Finding[]> {
  const offered = await offeredTables(session);
  return offered
    .filter((name) => !isAskedByConfig(session, name))
    .map((name) => {
      const subject = formatTableName(name);
      return {
        severity: 'info',
        code: 'table.discovered',
        subject,
        message: `${subject} is ready to be followed, and no pattern of tables.include names it: it is shown, and paused.`,
        remedy: `Start it with sluice enable ${subject}, or name it in tables.include.`,
      };
    });
}

function inspectTable(session: PipelineSession, model: TableModel): InspectedTable {
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
  ];
  return { source: model.name, model, mode, reason, findings };
}

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
