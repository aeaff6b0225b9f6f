import type { ControlMapping } from '../../engines/contract/control-tables.js';
import type { ConfigDocument } from '../document.js';
import type { Path } from '../issue.js';
import { formatTableName } from '../table-name.js';
import type { PipelineDraft } from './drafts.js';
import { joinNames } from './names.js';
import { placeOf } from './row-problem.js';

type Keys = Readonly<Record<string, unknown>>;

/** What the configuration says of all pipelines that come from rows, as it is written there. */
export interface ControlSection {
  /** The connection to the control tables: every destination is a database beside it. */
  readonly connection: Keys;
  readonly source: Keys;
  readonly target: Keys;
  readonly defaults: Keys;
}

/** The one target of each such pipeline. */
const TARGET = 'dest';

/** A pipeline as its rows say it, in the form of a file; its passwords stay where they are. */
export function documentOf(draft: PipelineDraft, section: ControlSection): ConfigDocument {
  const { name, server, sourceDatabase, targetDatabase, mappings } = draft;
  const [source, target] = connectionNames(draft);
  const tables = mappings.map((mapping) => [formatTableName(mapping.source), mapping] as const);
  const value = {
    version: 1,
    connections: {
      [source]: {
        engine: section.connection.engine,
        url: `\${control:${String(server.serverId)}}`,
        database: sourceDatabase,
      },
      [target]: { ...section.connection, database: targetDatabase },
    },
    pipelines: {
      [name]: {
        enabled: server.enabled,
        source: { ...section.source, connection: source },
        targets: { [TARGET]: { ...section.target, connection: target } },
        // Their owner made the tables of the destination, and may have filled them.
        defaults: { existing: 'adopt', ...section.defaults },
        tables: {
          include: tables.map(([table]) => table),
          settings: Object.fromEntries(
            tables.map(([table, mapping]) => [table, settingsOf(mapping)]),
          ),
        },
      },
    },
  };
  return {
    file: placeOf(server),
    value,
    issues: [],
    generated: true,
    locate: (path) => ({
      file: placeOf({ serverId: server.serverId, ...mappingAt(path, tables) }),
      line: 0,
      column: 0,
      depth: depthIn(value, path),
    }),
  };
}

/** Names of the two connections that a draft brings. */
export function connectionNames(draft: PipelineDraft): readonly [string, string] {
  const parts = [draft.server.name, draft.sourceDatabase, draft.targetDatabase];
  return [joinNames([...parts, 'source']), joinNames([...parts, 'dest'])];
}

function settingsOf(mapping: ControlMapping): Keys {
  const { target, keyColumns, resetColumn, cdc, enabled } = mapping;
  const key = (keyColumns ?? '')
    .split(',')
    .map((column) => column.trim())
    .filter((column) => column !== '');
  return {
    enabled,
    target: { schema: target.schema, table: target.table },
    mode: cdc ? 'cdc' : 'full',
    ...(key.length === 0 ? {} : { key }),
    ...(resetColumn === null || resetColumn.trim() === '' ? {} : { resetColumn }),
  };
}

function mappingAt(
  path: Path,
  tables: readonly (readonly [string, ControlMapping])[],
): { mappingId?: number } {
  if (path[0] !== 'pipelines' || path[2] !== 'tables') return {};
  const found =
    path[3] === 'settings' ? tables.find(([table]) => table === path[4]) : tables[Number(path[4])];
  return found === undefined ? {} : { mappingId: found[1].mappingId };
}

function depthIn(value: unknown, path: Path): number {
  let depth = 0;
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) break;
    here = Reflect.get(here, step);
    depth += 1;
  }
  return depth;
}
