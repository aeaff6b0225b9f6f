import { z } from 'zod';
import type { Query } from '../sql-session.js';
import type { PgDependency } from './object-model.js';
import { groupBy, readRows } from './read-rows.js';
import { DEPENDENCIES } from './sql/dependencies.js';

const dependencyRow = z.object({ from: z.string(), to: z.string() });

/** Nodes are kind:oid, kind being relation, type, routine, sequence, collation or extension. */
export class DependencyGraph {
  private readonly targets: ReadonlyMap<string, readonly PgDependency[]>;

  constructor(dependencies: readonly PgDependency[]) {
    this.targets = groupBy(dependencies, (dependency) => dependency.from);
  }

  direct(node: string): readonly string[] {
    return (this.targets.get(node) ?? []).map((dependency) => dependency.to);
  }

  /**
   * Everything that the nodes need, each after what it needs itself; the nodes themselves are not
   * in it. `through` says whether to look behind a node. A cycle is cut at an arbitrary place.
   */
  needs(nodes: readonly string[], through: (node: string) => boolean): string[] {
    const seen = new Set(nodes);
    const ordered: string[] = [];
    const visit = (node: string): void => {
      for (const next of this.direct(node)) {
        if (seen.has(next)) continue;
        seen.add(next);
        if (through(next)) visit(next);
        ordered.push(next);
      }
    };
    for (const node of nodes) visit(node);
    return ordered;
  }

  /** The same nodes, each after those that it needs, directly or through others. */
  inOrder(nodes: readonly string[]): string[] {
    const wanted = new Set(nodes);
    const seen = new Set<string>();
    const ordered: string[] = [];
    const visit = (node: string): void => {
      if (seen.has(node)) return;
      seen.add(node);
      for (const next of this.direct(node)) visit(next);
      if (wanted.has(node)) ordered.push(node);
    };
    for (const node of nodes) visit(node);
    return ordered;
  }
}

export async function readDependencies(query: Query): Promise<DependencyGraph> {
  return new DependencyGraph(await readRows(query, DEPENDENCIES, dependencyRow));
}

/** Relations end a search: a table does not need what another table needs. */
export function isRelation(node: string): boolean {
  return node.startsWith('relation:');
}
