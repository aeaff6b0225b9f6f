import type {
  ControlContent,
  ControlMapping,
  ControlServer,
} from '../../engines/contract/control-tables.js';
import { mentionsReference } from '../references.js';
import { joinNames } from './names.js';
import type { RowProblem } from './row-problem.js';

/** What becomes one pipeline: a server, a database on it, and a database of the destination. */
export interface PipelineDraft {
  readonly name: string;
  readonly server: ControlServer;
  readonly sourceDatabase: string;
  readonly targetDatabase: string;
  /** In the order of their ids. */
  readonly mappings: readonly ControlMapping[];
}

export interface Drafts {
  readonly drafts: readonly PipelineDraft[];
  readonly problems: readonly RowProblem[];
}

type CheckServer = (server: ControlServer) => readonly Pick<RowProblem, 'message' | 'severity'>[];

/** Rows by what they belong to; a row with an error is left out with a word, the others stay. Pure. */
export function draftPipelines(content: ControlContent, checkString: CheckServer): Drafts {
  const problems: RowProblem[] = [];
  const servers = usableServers(content.servers, checkString, problems);
  const known = new Set(content.servers.map((server) => server.serverId));
  const drafts = new Map<string, PipelineDraft & { mappings: ControlMapping[] }>();
  const taken = new Taken();
  for (const mapping of byId(content.mappings, (one) => one.mappingId)) {
    const server = servers.get(mapping.serverId);
    const wrong = known.has(mapping.serverId)
      ? [...checkNames(mapping), ...taken.check(mapping)]
      : [unknownServer()];
    problems.push(
      ...wrong.map((one) => ({ ...one, ...rowOf(mapping), severity: 'error' as const })),
    );
    if (server === undefined || wrong.length > 0) continue;
    taken.add(mapping);
    const { database: sourceDatabase } = mapping.source;
    const { database: targetDatabase } = mapping.target;
    const name = joinNames([server.name, sourceDatabase, targetDatabase]);
    const draft = drafts.get(name) ?? {
      name,
      server,
      sourceDatabase,
      targetDatabase,
      mappings: [],
    };
    draft.mappings.push(mapping);
    drafts.set(name, draft);
  }
  return { drafts: [...drafts.values()], problems };
}

/** Names of the pipelines that rows ask for, whether or not something is wrong with them. */
export function declaredPipelines({ servers, mappings }: ControlContent): ReadonlySet<string> {
  const byServer = new Map(servers.map((server) => [server.serverId, server]));
  return new Set(
    mappings.flatMap((mapping) => {
      const server = byServer.get(mapping.serverId);
      return server === undefined ? [] : [nameOf(server, mapping)];
    }),
  );
}

function nameOf(server: ControlServer, { source, target }: ControlMapping): string {
  return joinNames([server.name, source.database, target.database]);
}

function usableServers(
  servers: readonly ControlServer[],
  checkString: CheckServer,
  problems: RowProblem[],
): Map<number, ControlServer> {
  const usable = new Map<number, ControlServer>();
  const names = new Map<string, number>();
  for (const server of byId(servers, (one) => one.serverId)) {
    const { serverId } = server;
    const found = checkString(server).map((one) => ({ ...one, column: 'connection_string' }));
    const other = names.get(server.name.toLowerCase());
    if (other !== undefined) {
      const message = `is the name of server ${String(other)} too; give each server a name of its own`;
      found.push({ column: 'server_name', message, severity: 'error' });
    }
    names.set(server.name.toLowerCase(), other ?? serverId);
    problems.push(...found.map((one) => ({ ...one, serverId })));
    if (!found.some((one) => one.severity === 'error')) usable.set(serverId, server);
  }
  return usable;
}

type Wrong = Pick<RowProblem, 'column' | 'message'>;

function unknownServer(): Wrong {
  return { column: 'server_id', message: 'names no row of source_servers; correct it' };
}

function checkNames({ source, target, keyColumns, resetColumn }: ControlMapping): Wrong[] {
  const required = {
    source_database: source.database,
    source_schema: source.schema,
    source_table: source.table,
    dest_database: target.database,
    dest_schema: target.schema,
    dest_table: target.table,
  };
  const optional = { primary_key_column: keyColumns, full_sync_trigger_column: resetColumn };
  const empty = Object.entries(required)
    .filter(([, value]) => value.trim() === '')
    .map(([column]) => ({ column, message: 'is empty; write a name' }));
  const odd = Object.entries({ ...required, ...optional })
    .filter(([, value]) => value !== null && mentionsReference(value))
    .map(([column]) => ({ column, message: 'has a ${, which no name may have here' }));
  return [...empty, ...odd];
}

/** A table is read once per pipeline, and written by one mapping. */
class Taken {
  readonly #owners = new Map<string, number>();

  check(mapping: ControlMapping): Wrong[] {
    return this.#claims(mapping).flatMap(({ key, column }) => {
      const owner = this.#owners.get(key);
      if (owner === undefined) return [];
      const message = `is that of mapping ${String(owner)} too, which goes on; remove one of the two`;
      return [{ column, message }];
    });
  }

  add(mapping: ControlMapping): void {
    for (const { key } of this.#claims(mapping)) this.#owners.set(key, mapping.mappingId);
  }

  /** Most servers do not tell names apart by case alone. */
  #claims({ serverId, source, target }: ControlMapping) {
    const from = [serverId, source.database, source.schema, source.table, target.database];
    const to = [target.database, target.schema, target.table];
    const keyOf = (parts: readonly unknown[]) => JSON.stringify(parts).toLowerCase();
    return [
      { key: keyOf(from), column: 'source_table' },
      { key: keyOf(to), column: 'dest_table' },
    ];
  }
}

function rowOf({ serverId, mappingId }: ControlMapping) {
  return { serverId, mappingId };
}

function byId<T>(rows: readonly T[], idOf: (row: T) => number): T[] {
  return [...rows].sort((a, b) => idOf(a) - idOf(b));
}
