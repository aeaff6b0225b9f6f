import type { DependencyGraph } from './dependency-graph.js';
import type { MsColumn } from './model.js';
import type { MsAliasType, MsModule, MsObject, MsSequence } from './object-model.js';

export interface ObjectPool {
  readonly types: readonly MsAliasType[];
  readonly sequences: readonly MsSequence[];
  readonly modules: readonly MsModule[];
  readonly dependencies: DependencyGraph;
}

/**
 * What a table needs to exist: the types of its columns, then the sequences and functions of its
 * defaults, checks and computed columns, each after what it needs itself. A function that reads
 * tables is needed all the same; its tables are not made for it.
 */
export function requiredObjects(
  tableId: number,
  columns: readonly MsColumn[],
  pool: ObjectPool,
): MsObject[] {
  const types = pool.types.filter((type) =>
    columns.some(({ declared }) => declared?.schema === type.schema && declared.name === type.name),
  );
  const objects = new Map<number, MsObject>(
    [...pool.sequences, ...pool.modules.filter(({ kind }) => kind === 'function')].map((object) => [
      object.id,
      object,
    ]),
  );
  const needs = pool.dependencies.needs([tableId], (id) => objects.has(id));
  return [...types, ...needs.flatMap((id) => objects.get(id) ?? [])];
}
