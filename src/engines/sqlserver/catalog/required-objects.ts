import { quoteQualified } from '../sql/quote.js';
import type { DependencyGraph } from './dependency-graph.js';
import type { MsCheck, MsColumn } from './model.js';
import type { MsAliasType, MsModule, MsObject, MsSequence } from './object-model.js';

export interface ObjectPool {
  readonly types: readonly MsAliasType[];
  readonly sequences: readonly MsSequence[];
  readonly modules: readonly MsModule[];
  readonly dependencies: DependencyGraph;
}

interface TableParts {
  readonly id: number;
  readonly columns: readonly MsColumn[];
  readonly checks: readonly MsCheck[];
}

/**
 * What a table needs to exist: the types of its columns, then the sequences and functions of its
 * defaults, checks and computed columns, each after what it needs itself. A function that reads
 * tables is needed all the same; its tables are not made for it.
 */
export function requiredObjects(table: TableParts, pool: ObjectPool): MsObject[] {
  const types = pool.types.filter((type) =>
    table.columns.some(
      ({ declared }) => declared?.schema === type.schema && declared.name === type.name,
    ),
  );
  const objects = new Map<number, MsSequence | MsModule>(
    [...pool.sequences, ...pool.modules.filter(({ kind }) => kind === 'function')].map((object) => [
      object.id,
      object,
    ]),
  );
  const named = namedObjects(table, [...objects.values()]);
  const roots = [table.id, ...named.map(({ id }) => id)];
  const needs = pool.dependencies.needs(roots, (id) => objects.has(id));
  const all = new Set([...needs, ...named.map(({ id }) => id)]);
  const ordered = pool.dependencies.inOrder([...all]);
  return [...types, ...ordered.flatMap((id) => objects.get(id) ?? [])];
}

/**
 * What the expressions of the table name. The server keeps them with every name in full and in
 * brackets; its view of dependencies does not list a sequence for a default in every version.
 */
function namedObjects(
  { columns, checks }: TableParts,
  objects: readonly (MsSequence | MsModule)[],
): (MsSequence | MsModule)[] {
  const expressions = [
    ...columns.flatMap((column) => [column.default?.definition, column.computed?.definition]),
    ...checks.map(({ definition }) => definition),
  ].flatMap((text) => text ?? []);
  return objects.filter(({ schema, name }) => {
    const quoted = quoteQualified(schema, name);
    return expressions.some((text) => text.includes(quoted));
  });
}
