/** Which partition of the stage takes whose place: decisions only. */
import { isDeepStrictEqual } from 'node:util';
import type { PgColumn, PgConstraint, PgIndex, PgRelation, PgTable } from '../catalog/model.js';

/** Proves the bound of a staged partition, so that ATTACH PARTITION reads no row; gone after it. */
export const PROOF = 'sluice_partition_bound';

export interface Leaf {
  readonly relation: PgRelation;
  readonly parent: PgRelation;
}

export interface LeafPair {
  readonly live: Leaf;
  readonly staged: Leaf;
}

export interface Pairing {
  readonly pairs: readonly LeafPair[];
  /** Partitions that only the live table has, with rows or without. */
  readonly alone: readonly Leaf[];
}

/** Leaves of the same place, or why the trees are not alike. */
export function pairLeaves(live: PgTable, staged: PgTable): Pairing | string {
  return pairMembers({ table: live, parent: live.root }, { table: staged, parent: staged.root });
}

interface Branch {
  readonly table: PgTable;
  readonly parent: PgRelation;
}

function pairMembers(live: Branch, staged: Branch): Pairing | string {
  if (staged.parent.kind !== 'partitioned') return 'its source is not partitioned';
  if (live.parent.partitionKey !== staged.parent.partitionKey) {
    return `${live.parent.name} is partitioned by another key than its source`;
  }
  const found = new Map(childrenOf(live).map((child) => [child.partitionBound, child]));
  const pairs: LeafPair[] = [];
  const alone: Leaf[] = [];
  for (const child of childrenOf(staged)) {
    const same = found.get(child.partitionBound);
    if (same === undefined) return `it lacks the partition ${child.name} of the source`;
    found.delete(child.partitionBound);
    if (same.name !== child.name) return `its partition ${same.name} has another name there`;
    if (child.kind !== 'partitioned' && same.kind !== 'partitioned') {
      pairs.push({
        live: { relation: same, parent: live.parent },
        staged: { relation: child, parent: staged.parent },
      });
      continue;
    }
    if (child.kind !== same.kind) return `its partition ${same.name} is divided otherwise there`;
    const below = pairMembers(
      { table: live.table, parent: same },
      { table: staged.table, parent: child },
    );
    if (typeof below === 'string') return below;
    pairs.push(...below.pairs);
    alone.push(...below.alone);
  }
  for (const child of found.values()) alone.push(...leavesBelow({ ...live, parent: child }, live));
  return { pairs, alone };
}

function leavesBelow(branch: Branch, above: Branch): Leaf[] {
  const { parent } = branch;
  if (parent.kind !== 'partitioned') return [{ relation: parent, parent: above.parent }];
  return childrenOf(branch).flatMap((child) => leavesBelow({ ...branch, parent: child }, branch));
}

function childrenOf({ table, parent }: Branch): PgRelation[] {
  return table.members.filter((member) => member.parent === parent.oid);
}

/**
 * Why the prepared stage must not be exchanged, null when it may: every pair has to be alike in all
 * that ALTER TABLE would take long to mend under its lock, or that a partition would lose.
 */
export function whyNotAlike(live: PgTable, { pairs }: Pairing): string | null {
  for (const { live: mine, staged } of pairs) {
    const what = difference(mine.relation, staged.relation);
    if (what !== null) return `its partition ${mine.relation.name} differs in ${what}`;
  }
  return looseIndex(live);
}

function difference(live: PgRelation, staged: PgRelation): string | null {
  const settings = (relation: PgRelation) => [
    relation.kind,
    relation.persistence,
    relation.options,
    relation.toastOptions,
    relation.replicaIdentity,
  ];
  if (!isDeepStrictEqual(settings(live), settings(staged))) return 'its settings';
  return (
    namedDifference('column', live.columns, staged.columns, columnShape) ??
    namedDifference('constraint', rulesOf(live), rulesOf(staged), constraintShape) ??
    namedDifference('index', live.indexes, staged.indexes, indexShape)
  );
}

function namedDifference<Item extends { readonly name: string }>(
  what: string,
  live: readonly Item[],
  staged: readonly Item[],
  shape: (item: Item) => unknown,
): string | null {
  const shapes = new Map(staged.map((item) => [item.name, shape(item)]));
  for (const item of live) {
    if (!isDeepStrictEqual(shape(item), shapes.get(item.name))) return `${what} ${item.name}`;
    shapes.delete(item.name);
  }
  const [more] = shapes.keys();
  return more === undefined ? null : `${what} ${more}`;
}

/** The default is given to the new partition; that of a generated column is what its values are. */
function columnShape(column: PgColumn): unknown {
  const { type, collation, identity, generated, notNull, notNullValidated } = column;
  const { storage, compression, statisticsTarget, options } = column;
  const expression = generated === null ? null : column.defaultText;
  const kept = { storage, compression, statisticsTarget, options };
  return { type, collation, identity, generated, notNull, notNullValidated, expression, ...kept };
}

function rulesOf(relation: PgRelation): PgConstraint[] {
  return relation.constraints.filter(({ name, type }) => name !== PROOF && type !== 'foreign');
}

function constraintShape({ type, definition, validated }: PgConstraint): unknown {
  return { type, definition, validated };
}

function indexShape(index: PgIndex): unknown {
  const { unique, primary, replicaIdentity, valid, immediate, tail, options } = index;
  return { unique, primary, replicaIdentity, valid, immediate, tail, options };
}

/** ATTACH PARTITION would build what a partition lacks of an index of its parent. */
function looseIndex(live: PgTable): string | null {
  const parents = new Map(live.members.map((member) => [member.oid, member]));
  for (const child of live.members) {
    const above = child.parent === null ? undefined : parents.get(child.parent);
    const lacking = above?.indexes.find(
      (index) => !child.indexes.some(({ parent }) => parent === index.oid),
    );
    if (lacking !== undefined) return `its partition ${child.name} lacks index ${lacking.name}`;
  }
  return null;
}

/** Indexes and checks of the live table that the stage, made as the source is, lacks; null: none. */
export function lackingRules(
  live: PgTable,
  staged: PgTable,
): { readonly members: readonly PgRelation[]; readonly unique: boolean } | null {
  const same = new Map(staged.members.map((member) => [member.name, member]));
  const members = live.members.flatMap((member) => {
    const twin = member.parent === null ? staged.root : same.get(member.name);
    return twin === undefined ? [] : [onlyLacking(member, twin)];
  });
  const indexes = members.flatMap((member) => member.indexes);
  const some = indexes.length > 0 || members.some((member) => member.constraints.length > 0);
  return some ? { members, unique: indexes.some((index) => index.unique) } : null;
}

function onlyLacking(member: PgRelation, twin: PgRelation): PgRelation {
  const indexes = member.indexes.filter(
    ({ name }) => !twin.indexes.some((index) => index.name === name),
  );
  const constraints = member.constraints.filter(
    ({ name, type }) =>
      type !== 'foreign' && !twin.constraints.some((constraint) => constraint.name === name),
  );
  return { ...member, indexes, constraints };
}
