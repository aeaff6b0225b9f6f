import type { PgIndex, PgRelation } from './model.js';

/**
 * The columns that the log carries for an update or a delete, in index order: the primary key by
 * default, or the index that the table names. Null: none, or the whole row (REPLICA IDENTITY FULL).
 * The key of a deferrable constraint does not count (PostgreSQL documentation, "ALTER TABLE"), nor
 * one with a generated column, whose values the log does not have.
 */
export function identityColumns(relation: PgRelation): readonly string[] | null {
  const index = identityIndex(relation);
  if (index === undefined) return null;
  const columns = index.columns.filter((column) => column !== null);
  const isWhole = columns.length === index.columns.length;
  return isWhole && !columns.some((name) => isGenerated(relation, name)) ? columns : null;
}

export function isGenerated({ columns }: PgRelation, name: string): boolean {
  return columns.some((column) => column.name === name && column.generated !== null);
}

export function identityIndex(relation: PgRelation): PgIndex | undefined {
  switch (relation.replicaIdentity) {
    case 'default':
      return relation.indexes.find((index) => index.primary && index.immediate && index.valid);
    case 'index':
      return relation.indexes.find((index) => index.replicaIdentity && index.valid);
    case 'full':
    case 'nothing':
      return undefined;
  }
}

/** The primary key's columns, whatever the replica identity is. */
export function primaryKey(relation: PgRelation): readonly string[] | null {
  const index = relation.indexes.find((candidate) => candidate.primary);
  if (index === undefined) return null;
  return index.columns.filter((column) => column !== null);
}

/**
 * A partition is logged under its own identity, whatever its root says: the key of a tree is what
 * all of its members agree on.
 */
export function tableKey(members: readonly PgRelation[]): readonly string[] | null {
  const [root, ...partitions] = members;
  if (root === undefined) return null;
  const key = identityColumns(root);
  if (key === null) return null;
  const wanted = JSON.stringify(key.toSorted());
  const agrees = partitions.every(
    (member) => JSON.stringify(identityColumns(member)?.toSorted()) === wanted,
  );
  return agrees ? key : null;
}
