import { z } from 'zod';
import type { Query } from '../sql-session.js';
import { unlessHidden } from '../unless-hidden.js';
import type { MsDependency } from './object-model.js';
import { groupBy, readRows } from './read-rows.js';
import { DEPENDENCIES } from './sql/objects.js';

const dependencyRow = z.object({ from: z.number(), to: z.number() });

/** What needs what, by object id. */
export class DependencyGraph {
  private readonly targets: ReadonlyMap<number, readonly MsDependency[]>;

  constructor(dependencies: readonly MsDependency[]) {
    this.targets = groupBy(dependencies, (dependency) => dependency.from);
  }

  direct(id: number): readonly number[] {
    return (this.targets.get(id) ?? []).map((dependency) => dependency.to);
  }

  /**
   * Everything that the objects need, each after what it needs itself; they themselves are not in
   * it. `through` says whether to look behind one. A cycle is cut at an arbitrary place.
   */
  needs(ids: readonly number[], through: (id: number) => boolean): number[] {
    const seen = new Set(ids);
    const ordered: number[] = [];
    const visit = (id: number): void => {
      for (const next of this.direct(id)) {
        if (seen.has(next)) continue;
        seen.add(next);
        if (through(next)) visit(next);
        ordered.push(next);
      }
    };
    for (const id of ids) visit(id);
    return ordered;
  }

  /** The same objects, each after those that it needs, directly or through others. */
  inOrder(ids: readonly number[]): number[] {
    const wanted = new Set(ids);
    const seen = new Set<number>();
    const ordered: number[] = [];
    const visit = (id: number): void => {
      if (seen.has(id)) return;
      seen.add(id);
      for (const next of this.direct(id)) visit(next);
      if (wanted.has(id)) ordered.push(id);
    };
    for (const id of ids) visit(id);
    return ordered;
  }
}

/**
 * Empty for a login that may not read them: SELECT on that view is db_owner's alone unless it was
 * granted (its page, "Permissions").
 */
export async function readDependencies(query: Query): Promise<DependencyGraph> {
  const rows = await unlessHidden(async () => readRows(query, DEPENDENCIES, dependencyRow));
  return new DependencyGraph(rows ?? []);
}
