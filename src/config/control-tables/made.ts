import type { ControlContent } from '../../engines/contract/control-tables.js';
import type { ConfigDocument } from '../document.js';
import type { EngineConfigs } from '../engine-config.js';
import { formatPath } from '../issue.js';
import type { TableName } from '../table-name.js';
import type { ControlSection } from './document.js';
import { connectionNames, documentOf } from './document.js';
import type { PipelineDraft } from './drafts.js';
import { draftPipelines } from './drafts.js';
import type { RowIssue } from './row-problem.js';
import { issueOf } from './row-problem.js';
import { checkStored } from './stored-string.js';

/** A pipeline that rows of control tables declare. */
export interface ControlPipeline {
  readonly name: string;
  readonly serverId: number;
  readonly mappings: readonly {
    readonly mappingId: number;
    readonly source: TableName;
    readonly target: TableName;
    readonly enabled: boolean;
  }[];
}

export interface MadePipeline extends ControlPipeline {
  readonly document: ConfigDocument;
  /** Whether an issue at this path of the configuration is about what this pipeline brought. */
  readonly owns: (path: string) => boolean;
}

export interface Made {
  readonly pipelines: readonly MadePipeline[];
  readonly issues: readonly RowIssue[];
}

export const NOTHING_MADE: Made = { pipelines: [], issues: [] };

type Keys = Readonly<Record<string, unknown>>;

function asKeys(value: unknown): Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Keys)
    : {};
}

/**
 * The pipelines that the rows declare, under the section `controlTables` of the files. `value` is
 * what the files say, not checked yet: where the section is wrong, its own check says so.
 */
export function makePipelines(
  value: unknown,
  content: ControlContent,
  engines: EngineConfigs,
): Made {
  const { controlTables, connections } = asKeys(value);
  const section = asKeys(controlTables);
  const connection = asKeys(asKeys(connections)[String(section.connection)]);
  const engine = engines[String(connection.engine)];
  if (engine?.controlTables !== true) return NOTHING_MADE;
  const variables = Array.isArray(section.variables) ? section.variables.map(String) : [];
  const parts: ControlSection = {
    connection,
    // Rows name the tables; others stay out, unless the section says something else.
    source: { ...engine.undiscovered, ...asKeys(section.source) },
    target: asKeys(section.target),
    defaults: asKeys(section.defaults),
  };
  const { drafts, problems } = draftPipelines(content, (server) =>
    checkStored(server.connectionString, engine, variables),
  );
  return {
    pipelines: drafts.map((draft) => madeOf(draft, parts)),
    issues: problems.map(issueOf),
  };
}

function madeOf(draft: PipelineDraft, parts: ControlSection): MadePipeline {
  const roots = [
    formatPath(['pipelines', draft.name]),
    ...connectionNames(draft).map((name) => formatPath(['connections', name])),
  ];
  return {
    name: draft.name,
    serverId: draft.server.serverId,
    mappings: draft.mappings.map(({ mappingId, source, target, enabled }) => ({
      mappingId,
      source: { schema: source.schema, table: source.table },
      target: { schema: target.schema, table: target.table },
      enabled,
    })),
    document: documentOf(draft, parts),
    owns: (path) =>
      roots.some(
        (root) => path === root || path.startsWith(`${root}.`) || path.startsWith(`${root}[`),
      ),
  };
}
