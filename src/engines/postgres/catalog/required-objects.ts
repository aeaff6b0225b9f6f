import type { Query } from '../sql-session.js';
import { isRelation, readDependencies } from './dependency-graph.js';
import type { PgRelation } from './model.js';
import type { PgObject } from './object-model.js';
import { readCollations, readExtensions, readRoutines } from './object-rows.js';
import { readSequences } from './sequence-rows.js';
import { readTypes } from './type-rows.js';

/** By the root's oid: what a table needs to exist, each after what it needs itself. */
export async function readRequired(
  query: Query,
  trees: readonly (readonly PgRelation[])[],
): Promise<ReadonlyMap<string, readonly PgObject[]>> {
  const graph = await readDependencies(query);
  const objects = await readObjects(query);
  const required = new Map<string, readonly PgObject[]>();
  for (const members of trees) {
    const [root] = members;
    if (root === undefined) continue;
    const nodes = members.map((member) => `relation:${member.oid}`);
    const needs = graph.needs(nodes, (node) => !isRelation(node));
    const found = needs.flatMap((node) => objects.get(node) ?? []);
    if (found.length > 0) required.set(root.oid, found);
  }
  return required;
}

/** Objects by node of the dependency graph; sequences that a column owns come with its table. */
export async function readObjects(query: Query): Promise<ReadonlyMap<string, PgObject>> {
  const sequences = await readSequences(query);
  const objects: PgObject[] = [
    ...(await readExtensions(query)),
    ...(await readCollations(query)),
    ...(await readTypes(query)),
    ...(await readRoutines(query)),
    ...sequences.filter((sequence) => sequence.owner === null),
  ];
  return new Map(objects.map((object) => [nodeOf(object), object]));
}

export function nodeOf(object: PgObject): string {
  return `${nodeKind(object)}:${object.oid}`;
}

function nodeKind(object: PgObject): string {
  switch (object.kind) {
    case 'extension':
    case 'collation':
    case 'sequence':
      return object.kind;
    case 'function':
    case 'procedure':
      return 'routine';
    default:
      return 'type';
  }
}
