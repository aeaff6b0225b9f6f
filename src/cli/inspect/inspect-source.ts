import { matchTables, parseTableGlob } from '../../config/table-glob.js';
import { formatTableName } from '../../config/table-name.js';
import { nearest } from '../../config/nearest.js';
import { feedKindOfMode, type FeedKind } from '../../core/feed-kind.js';
import type { Finding, TableModel } from '../../engines/contract/schema.js';
import { isAskedByConfig, offeredTables } from '../../session/discovered.js';
import { leftFindings } from '../../session/left-targets.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import { findingOf } from './finding.js';
import { inspectTable } from './inspect-table.js';
import type { InspectedTable } from './inspection.js';
import { loadQueryFindings } from './load-query.js';

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
    const tables: InspectedTable[] = [];
    for (const model of await chosen(session, models)) {
      tables.push(await inspectTable(session, source, model));
    }
    const followed = new Set(tables.map((table) => feedKindOfMode(table.mode)));
    return {
      description: identity.description,
      database: identity.database,
      findings: [
        ...preflight.map((finding) => weighed(finding, followed)),
        ...unmatched(session, models),
        ...unusedSettings(session, models),
        ...(await discovered(session)),
        ...(await leftFindings(session)),
        ...(await loadQueryFindings(session, source)),
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
  const grave = finding.severity === 'error' || finding.severity === 'warning';
  if (grave && finding.code.startsWith('feed.') && !followed.has(finding.feed ?? 'cdc'))
    return { ...finding, severity: 'info' };
  if (finding.severity !== 'error') return finding;
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

/** Of patterns nobody knows what they will mean one day; a name that nothing has is a slip. */
function unusedSettings(session: PipelineSession, models: readonly TableModel[]): Finding[] {
  const names = models.map((model) => formatTableName(model.name));
  return Object.keys(session.config.tables.settings).flatMap((pattern): Finding[] => {
    if (parseTableGlob(pattern)?.exact !== true) return [];
    if (matchTables([pattern], [], names).length > 0) return [];
    const meant = nearest(pattern, names);
    return [
      {
        severity: 'warning',
        code: 'table.settings-unused',
        subject: pattern,
        message: `The source has no table ${pattern}, which tables.settings names.`,
        remedy: `${meant === undefined ? '' : `Did you mean ${meant}? `}Correct the name, or take it out.`,
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
